"""The doctor: binds are opened one after the other, and a dead one stops no other."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from dashboard.settings import Settings
from dashboard.settings.binds import Bind
from dashboard.sources.binds.errors import BindError
from dashboard.sources.binds.opening import OpenBind, open_bind
from dashboard.sources.binds.proof import Proof, prove_read_only, require_read_only
from dashboard.sources.binds.secret import shown_url
from dashboard.sources.doctor.columns import place, relations
from dashboard.sources.doctor.findings import BindLook, Diagnosis, Finding, SourceLook
from dashboard.sources.doctor.look import look_at_source
from dashboard.sources.errors import ImportRefused, MappingError
from dashboard.sources.pushdown.load import load_source, load_sources
from dashboard.sources.pushdown.mapping import Source

Tell = Callable[[str], None]
_UNSEEN = Finding("fault", "connection", "Not looked at: its bind did not answer.")


def examine(settings: Settings, names: Sequence[str], tell: Tell) -> Diagnosis:
    """Look at the binds and sources called ``names``; without names at all of them.

    Raises:
        ImportRefused: a name that neither a bind nor a source has.
    """
    unknown = [name for name in names if name not in settings.binds and name not in settings.sources]
    if unknown:
        there = ", ".join(dict.fromkeys([*settings.binds, *settings.sources])) or "none"
        raise ImportRefused(f"There is no bind and no source {unknown[0]!r} in settings.toml (there: {there}).")
    sources, findings = _read(settings, names)
    wanted = [name for name in settings.binds if not names or name in names]
    wanted += [source.bind for source in sources if source.bind in settings.binds]
    looks = []
    for name in dict.fromkeys(wanted):
        mine = [source for source in sources if source.bind == name]
        looks.append(examine_bind(name, settings.binds[name], mine, tell))
    return Diagnosis(tuple(looks), tuple(findings))


def examine_bind(name: str, bind: Bind, sources: Sequence[Source], tell: Tell) -> BindLook:
    """Connect, prove that nothing can be written, and look at each of ``sources``."""
    look = BindLook(name, shown_url(bind))
    tell(f"{name}: connecting")
    began = time.monotonic()
    try:
        with open_bind(name, bind) as opened:
            with opened.connect():
                seconds = round(time.monotonic() - began, 3)
            exposed = tuple(Finding("warning", "password_file", warning) for warning in opened.warnings)
            look = replace(look, product=opened.product, connect_seconds=seconds, findings=exposed)
            look = _proved(look, opened, sources)
            found = tuple(look_at_source(opened, source, tell) for source in sources)
            return replace(look, sources=found)
    except ImportRefused as refused:
        fault = Finding("fault", "connection", str(refused))
        unseen = tuple(SourceLook(source.name, source.label, findings=(_UNSEEN,)) for source in sources)
        return replace(look, findings=(*look.findings, fault), sources=unseen)


def _read(settings: Settings, names: Sequence[str]) -> tuple[list[Source], list[Finding]]:
    """The sources that can be used, and what is wrong with the others."""
    sources, faults = [], []
    for name, table in settings.sources.items():
        if names and name not in names and table.get("bind") not in names:
            continue
        try:
            sources.append(load_source(name, table))
        except MappingError as error:
            faults.append(str(error))
    if not faults:
        try:
            load_sources(settings)
        except MappingError as error:
            faults.append(str(error))
    return sources, [Finding("fault", "mapping", line) for fault in faults for line in fault.splitlines()]


def _proved(look: BindLook, opened: OpenBind, sources: Iterable[Source]) -> BindLook:
    tables = dict.fromkeys(place(relation) for source in sources for relation in relations(source).values())
    with opened.connect() as connection:
        proof = prove_read_only(connection, list(tables))
    look = replace(look, read_only=proof.state, evidence=proof.evidence)
    return replace(look, findings=(*look.findings, *_proof_findings(proof, opened)))


def _proof_findings(proof: Proof, opened: OpenBind) -> Iterator[Finding]:
    try:
        require_read_only(proof, opened.name, opened.settings)
    except BindError as error:
        yield Finding("fault", "read-only", str(error))
        return
    if proof.state != "proved":
        said = ", accepted by allow_writes" if opened.settings.allow_writes else ""
        yield Finding("warning", "read-only", f"Not proved read-only{said}: {proof.evidence}")
