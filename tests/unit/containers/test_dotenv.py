"""The file `.env`, of which only a few lines are ours."""

from images.dotenv import values, with_values

WRITTEN = "# mine\nLOG_LEVEL=DEBUG\nexport PYTHON_IMAGE=old\n\nPYTHON_IMAGE=older\n"


def test_only_the_named_lines_are_replaced() -> None:
    after = with_values(WRITTEN, {"PYTHON_IMAGE": "new", "JRE_IMAGE": "jre"})
    assert after == "# mine\nLOG_LEVEL=DEBUG\nPYTHON_IMAGE=new\n\nJRE_IMAGE=jre\n"


def test_to_write_them_twice_changes_nothing() -> None:
    once = with_values("", {"PYTHON_IMAGE": "new"})
    assert with_values(once, {"PYTHON_IMAGE": "new"}) == once == "PYTHON_IMAGE=new\n"


def test_a_comment_sets_nothing() -> None:
    assert values("#A=1\n # B=2\nC = 3\n") == {"C": "3"}
