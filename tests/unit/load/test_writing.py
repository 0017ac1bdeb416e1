"""When paced records are said to be traded."""

from tests.load.writing import Moments


def test_no_moment_is_given_twice_however_close_they_are_wanted() -> None:
    moments = Moments()
    wanted = [1000, 1000, 1001, 1001, 1010, 1005]
    assert [moments.next_from(each) for each in wanted] == [1000, 1001, 1002, 1003, 1010, 1011]
