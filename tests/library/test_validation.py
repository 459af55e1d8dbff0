"""The checks of arguments: what passes, what is refused, and that the message names name, value and expectation."""

import math

import numpy as np
import pytest

from lessons_lib import _validation as check

ARRAYS = [
    ("list of ints", [1, 2], np.float64),
    ("bools", [True, False], np.float64),
    ("uint8", np.array([1, 255], np.uint8), np.float64),
    ("int64", np.array([1, -2]), np.float64),
    ("float16", np.array([1.5, 2], np.float16), np.float64),
    ("float32", np.array([1.5, 2], np.float32), np.float32),
    ("float64", np.array([1.5, 2]), np.float64),
    ("big-endian float64", np.array([1.5, 2], ">f8"), np.float64),
    ("Python number", 3.0, np.float64),
]


@pytest.mark.parametrize(("value", "dtype"), [row[1:] for row in ARRAYS], ids=[row[0] for row in ARRAYS])
def test_as_float_keeps_float32_and_float64_and_converts_other_real_numbers(value, dtype):
    array = check.as_float("x", value)
    assert array.dtype == dtype
    assert array.dtype.isnative
    assert np.array_equal(array, np.asarray(value, np.float64))


def test_as_float_does_not_copy_a_float_array():
    x = np.zeros(2)
    assert check.as_float("x", x) is x


@pytest.mark.parametrize("value", ["ab", [None], [1 + 2j], [{}], np.array(["2020"], "datetime64[Y]")])
def test_as_float_refuses_what_is_not_a_real_number(value):
    with pytest.raises(TypeError, match=r"^y_true must hold real numbers, got dtype "):
        check.as_float("y_true", value)


def test_as_float_refuses_rows_of_different_lengths():
    with pytest.raises(ValueError, match=r"^y_true must be an array of numbers with rows of one length"):
        check.as_float("y_true", [[1, 2], [3]])


def test_float_pair_gives_the_second_the_dtype_of_the_first():
    a, b = check.float_pair("a", np.float32([1, 2]), "b", [1.0, 1e39])
    assert (a.dtype, b.dtype) == (np.float32, np.float32)
    assert b.tolist() == [1.0, math.inf]


@pytest.mark.parametrize("value", [0.0, 1.0, 0.5])
def test_unit_interval_holds_its_ends(value):
    array = np.array([value])
    assert check.in_unit_interval("p", array) is array


@pytest.mark.parametrize("value", [-1e-9, 1.0000001, math.nan, math.inf, -math.inf])
def test_unit_interval_refuses_what_is_outside_and_nan(value):
    with pytest.raises(ValueError, match=rf"^p must lie in \[0, 1\], got {value} at \[0, 1\]; hint$"):
        check.in_unit_interval("p", np.array([[0.5, value]]), "; hint")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_finite_says_where_the_first_bad_value_is(value):
    with pytest.raises(ValueError, match=rf"^x must be finite, got {value} at \[1, 0\]$"):
        check.finite("x", np.array([[1.0, 2.0], [value, math.nan]]))
    with pytest.raises(ValueError, match=rf"^x must be finite, got {value}$"):
        check.finite("x", np.array(value))


def test_finite_returns_what_is_finite():
    x = np.array([1e308, -5e-324])
    assert check.finite("x", x) is x


def test_two_dimensional_shows_how_to_write_one_sample():
    x = np.zeros((2, 3))
    assert check.two_dimensional("x", x) is x
    with pytest.raises(ValueError, match=r"^x must have 2 dimensions, got shape \(4,\); write x\[None, :\] for one"):
        check.two_dimensional("x", np.zeros(4))
    with pytest.raises(ValueError, match=r"^x must have 2 dimensions, got shape \(1, 2, 3\)$"):
        check.two_dimensional("x", np.zeros((1, 2, 3)))


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.int8(2)])
def test_number_returns_a_python_float(value):
    result = check.number("lr", value)
    assert type(result) is float
    assert result == 2.0


@pytest.mark.parametrize("value", [None, "1", True, np.True_, 1j, [1.0], np.zeros(1), np.array(1.0)])
def test_number_refuses_other_types(value):
    with pytest.raises(TypeError, match=r"^lr must be a number, got "):
        check.number("lr", value)


INTERVALS = [
    ({}, [0.0, -1e300], [math.inf, -math.inf, math.nan], "finite"),
    ({"low": 0}, [0, 1], [-1e-300, math.nan], "finite and >= 0"),
    ({"low": 0, "low_open": True}, [1e-300], [0, -1.0], "finite and > 0"),
    ({"low": 0, "high": 1}, [0, 1, 0.5], [-0.1, 1.1], "finite and >= 0 and <= 1"),
    ({"low": 0, "high": 1, "high_open": True}, [0, 0.999], [1, 1.1, math.inf], "finite and >= 0 and < 1"),
]


@pytest.mark.parametrize(("interval", "inside", "outside", "words"), INTERVALS)
def test_number_holds_its_interval(interval, inside, outside, words):
    for value in inside:
        assert check.number("beta", value, **interval) == value
    for value in outside:
        with pytest.raises(ValueError) as error:
            check.number("beta", value, **interval)
        assert str(error.value) == f"beta must be {words}, got {value!r}"


def test_whole_takes_whole_numbers_from_low_on():
    for value in (3, np.int64(3), np.uint8(3)):
        assert type(check.whole("steps", value, 3)) is int
    with pytest.raises(ValueError, match=r"^steps must be >= 3, got 2$"):
        check.whole("steps", 2, 3)


@pytest.mark.parametrize("value", [3.0, "3", True, np.False_, None])
def test_whole_refuses_other_types(value):
    with pytest.raises(TypeError, match=r"^steps must be a whole number, got "):
        check.whole("steps", value, 0)
