"""What a look at a process tells."""

from tests.load.sampling import Samples, peak_of, peaks


def test_the_kernel_knows_a_peak_that_no_look_saw() -> None:
    assert peak_of("Name:\tpython\nVmPeak:\t  9999 kB\nVmHWM:\t  153600 kB\n") == 150.0
    assert peak_of("Name:\tzombie\n") is None


def test_a_peak_is_the_kernels_where_it_is_known_else_the_largest_sample() -> None:
    samples = Samples()
    samples.memory = {"kafka": [(0.0, 90.0), (1.0, 80.0)], "insights": [(0.0, 70.0)]}
    samples.kernel_peaks = {"insights": 120.0}
    assert peaks(samples) == {"kafka": 90.0, "insights": 120.0}
