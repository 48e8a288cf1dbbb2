from dashboard.reports.cache import AnswerCache


def test_an_answer_is_computed_once_and_the_least_used_goes_first() -> None:
    cache, calls = AnswerCache(size=2), []

    def ask(key: str) -> str:
        return cache.get(key, lambda: calls.append(key) or key.upper())

    assert [ask("a"), ask("b"), ask("a"), ask("c"), ask("a"), ask("b")] == ["A", "B", "A", "C", "A", "B"]
    assert calls == ["a", "b", "c", "b"]
