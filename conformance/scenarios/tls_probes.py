"""Words of the TLS scenarios: where the provider listens, controls, and what a probe's sight comes to."""

from __future__ import annotations

from typing import Any

from conformance.config.model import KeyPair, Tls
from conformance.consumer.admission import VERSIONS, Admission, context_for, knock
from conformance.consumer.calibration import can_see, sees_admission
from conformance.consumer.probing import Answer, Place, Sight, offer
from conformance.consumer.rawhttp import plain_request
from conformance.consumer.request import Request
from conformance.core.errors import UsageError
from conformance.core.results import Blame
from conformance.harness.scene import Scene
from conformance.tls.suites import TLS12, suites_of

_LONGEST = 5.0  # seconds; a probe that waits longer learns nothing


def place_of(scene: Scene) -> Place:
    """Return where the provider listens; the scenario is omitted when that is plain HTTP."""
    url = scene.config.provider.base_url
    if not url.startswith("https:"):
        scene.omit("the provider is reached over plain HTTP")
    return Place.of(url, min(scene.config.run.connect_timeout, _LONGEST))


def families_of(scene: Scene) -> list[str]:
    """Return the edition's cipher families, the most preferred first."""
    return list(scene.edition.raw["tls"]["families"])


def ordinary(scene: Scene, place: Place) -> Answer:
    """Offer TLS 1.2 with the edition's ciphers: what every refusal is held against. CannotTest when that is refused too."""
    answer = offer(place, TLS12, suites_of(*families_of(scene)), whole_flight=True)
    if answer.sight is not Sight.AGREED:
        scene.cannot(f"an ordinary hello with TLS 1.2 is not agreed to either ({answer.how})", Blame.PROVIDER)
    return answer


def expect_refusal(scene: Scene, version: int, suites: tuple[int, ...], what: str) -> None:
    """Offer just this and fail when the provider agrees. The probe is tried on a server that agrees first."""
    place = place_of(scene)
    blind = can_see(version, suites)
    if blind:
        scene.cannot(blind, Blame.TOOL)
    ordinary(scene, place)
    answer = offer(place, version, suites)
    if answer.sight is Sight.AGREED:
        scene.fail(
            f"the provider agrees to {what}",
            location="TLS hello",
            found=answer.how,
            expected="refusal",
            code="tls-agreed",
        )
    elif answer.sight is Sight.UNCLEAR:
        scene.cannot(f"offered {what}, the provider neither agrees nor refuses: {answer.how}", Blame.PROVIDER)
    else:
        scene.note(answer.how, location="TLS hello", code="tls-refused")


def negative(scene: Scene, name: str) -> KeyPair:
    """Return a client certificate that must be refused; CannotTest when the configuration names none."""
    pair: KeyPair | None = getattr(scene.config.tls.negative, name)
    if pair is None:
        scene.cannot(f"the configuration names no such certificate (tls.negative.{name})", Blame.CONFIGURATION)
    assert pair is not None
    return pair


def expect_turned_away(scene: Scene, pair: KeyPair | None, request: Request) -> None:
    """Knock with a bad client certificate, or none, in each version that lets the good one in; fail when it is let in."""
    place = place_of(scene)
    message = plain_request(request, scene.config.provider.root, place)
    for version in _versions(scene, place, message):
        context = presenting(scene, pair, version)
        blind = sees_admission(pair, scene.config.tls.key_password, version)
        if blind:
            scene.cannot(f"the probe cannot tell admission from refusal: {blind}", Blame.TOOL)
        _turned_away(scene, version, knock(place, context, message))


def _versions(scene: Scene, place: Place, message: bytes) -> list[str]:
    """The versions in which the configured certificate is let in: what a refusal is held against."""
    seen = {version: knock(place, _context(scene, scene.config.tls, version), message) for version in VERSIONS}
    found = [version for version, admission in seen.items() if admission.sight is Sight.AGREED]
    if not found:
        told = "; ".join(f"{version}: {admission.how}" for version, admission in seen.items())
        scene.cannot(f"the configured client certificate is not let in either ({told})", Blame.CONFIGURATION)
    return found


def presenting(scene: Scene, pair: KeyPair | None, version: str) -> Any:
    """Return a context that presents a certificate, or none, and otherwise is that of the run."""
    tls = scene.config.tls
    shown = Tls(
        tls.ca, pair.certificate if pair else None, pair.key if pair else None, tls.key_password, verify=tls.verify
    )
    return _context(scene, shown, version)


def any_version(scene: Scene) -> Any:
    """Return the context of the run, which offers TLS 1.2 and 1.3."""
    return _context(scene, scene.config.tls, "")


def _context(scene: Scene, tls: Tls, version: str) -> Any:
    try:
        return context_for(tls, version)
    except UsageError as error:
        return scene.cannot(f"this machine cannot present the certificate: {error.message}", Blame.CONFIGURATION)


def _turned_away(scene: Scene, version: str, seen: Admission) -> None:
    if seen.sight is Sight.UNCLEAR:
        scene.cannot(f"{version}: neither let in nor refused: {seen.how}", Blame.ENVIRONMENT)
    told = {"location": f"client certificate, {version}", "found": seen.how, "expected": "refusal"}
    if seen.sight is Sight.REFUSED:
        scene.note(f"{version}: {seen.how}", location=told["location"], code="tls-refused")
    elif 400 <= (seen.status or 0) < 500 and not seen.resource_type:
        scene.warn("turned away with a status that says nothing of the certificate", **told, code="tls-odd-refusal")
    else:
        scene.fail("the request was answered all the same", **told, code="tls-admitted")
