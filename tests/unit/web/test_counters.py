"""Counting in memory, and how a time to wait is said."""

from hypothesis import given
from hypothesis import strategies as st

from dashboard.web.counters import Own
from dashboard.web.limits import in_words


@given(st.integers(1, 10**6))
def test_a_time_to_wait_is_never_too_short(seconds: int) -> None:
    text = in_words(seconds)
    if text.startswith("a "):
        assert seconds <= 60
        return
    count, unit = text.split()
    size = {"minutes": 60, "hours": 3600}[unit]
    assert int(count) > 1
    assert (int(count) - 1) * size < seconds <= int(count) * size


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 90), st.sampled_from([1, 1, 1, -1])), max_size=40))
def test_a_counter_lives_from_its_first_hit_until_its_time_is_over(steps: list[tuple[str, int, int]]) -> None:
    now = [1000.0]
    own, model = Own(lambda: now[0]), dict[str, tuple[int, float]]()
    for key, wait, amount in steps:
        now[0] += wait
        count, ends = model.get(key, (0, now[0]))
        count, ends = (count, ends) if ends > now[0] else (0, now[0] + 60)
        model[key] = max(0, count + amount), ends
        assert own.incr(key, 60, amount) == model[key][0]
        assert own.get(key) == model[key]
    now[0] += 61
    assert own.get("a") == (0, now[0])


def test_counters_that_are_over_take_no_memory() -> None:
    now = [0.0]
    own = Own(lambda: now[0])
    for number in range(1000):
        now[0] += 1
        own.incr(f"address {number}", 30, 1)
    assert len(own._counts) <= 91
