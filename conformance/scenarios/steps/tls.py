"""What the TLS scenarios share: where the provider listens, controls, and the verdict on a probe's result."""

from __future__ import annotations

from dataclasses import fields

from conformance.config.model import KeyPair, Tls
from conformance.consumer.probes.client_certificate_probe import VERSIONS, Admission
from conformance.consumer.probes.raw_http import plain_request
from conformance.consumer.probes.tls_probe import HelloResponse, Outcome, Place
from conformance.consumer.request import Request
from conformance.core.errors import UsageError
from conformance.core.results import Blame
from conformance.engine.context import ScenarioContext
from conformance.tls.suites import TLS12, suites_of

_LONGEST = 5.0  # seconds; a longer wait gains nothing


def place_of(context: ScenarioContext) -> Place:
    """Return where the provider listens; CannotTest when that is plain HTTP: TLS is demanded, and was not tested."""
    url = context.config.provider.base_url
    if not url.startswith("https:"):
        context.cannot("the provider is reached over plain HTTP", Blame.CONFIGURATION)
    return Place.of(url, min(context.config.run.connect_timeout, _LONGEST))


def families_of(context: ScenarioContext) -> list[str]:
    """Return the edition's cipher families, the most preferred first."""
    return list(context.edition.raw["tls"]["families"])


def ordinary(context: ScenarioContext, place: Place) -> HelloResponse:
    """Offer TLS 1.2 with the edition's ciphers: the control for every refusal. CannotTest when that is refused too."""
    result = context.probes.hello(place, TLS12, suites_of(*families_of(context)), whole_flight=True)
    if result.outcome is not Outcome.AGREED:
        context.cannot(f"an ordinary hello with TLS 1.2 is not agreed to either ({result.how})", Blame.PROVIDER)
    return result


def expect_refusal(context: ScenarioContext, version: int, suites: tuple[int, ...], what: str) -> None:
    """Offer just this and fail when the provider agrees. The probe is first checked on a server that agrees."""
    place = place_of(context)
    blind = context.probes.blind_to_hello(version, suites)
    if blind:
        context.cannot(blind, Blame.TOOL)
    ordinary(context, place)
    result = context.probes.hello(place, version, suites)
    if result.outcome is Outcome.AGREED:
        context.findings.fail(
            f"the provider agrees to {what}",
            location="TLS hello",
            found=result.how,
            expected="refusal",
            code="tls-agreed",
        )
    elif result.outcome is Outcome.UNCLEAR:
        context.cannot(f"offered {what}, the provider neither agrees nor refuses: {result.how}", Blame.PROVIDER)
    else:
        context.findings.note(result.how, location="TLS hello", code="tls-refused")


def negative(context: ScenarioContext, name: str) -> KeyPair:
    """Return a client certificate that must be refused; CannotTest when the configuration names none."""
    pair: KeyPair | None = getattr(context.config.tls.negative, name)
    if pair is None:
        context.cannot(f"the configuration names no such certificate (tls.negative.{name})", Blame.CONFIGURATION)
    return pair


def expect_turned_away(context: ScenarioContext, pair: KeyPair | None, request: Request) -> None:
    """Connect with a bad client certificate, or none, in each version that admits the valid one; fail when it is admitted."""
    place = place_of(context)
    message = plain_request(request, context.config.provider.root, place)
    for version in _versions(context, place, message):
        shows = _name_of(context, pair)
        blind = context.probes.blind_to_admission(pair, context.config.tls.key_password, version, shows=shows)
        if blind:
            context.cannot(f"the probe cannot distinguish admission from refusal: {blind}", Blame.TOOL)
        _turned_away(context, version, admission(context, place, pair, message, version))


def _versions(context: ScenarioContext, place: Place, message: bytes) -> list[str]:
    """The versions in which the configured certificate is admitted: the control for every refusal."""
    own = own_pair(context)
    seen = {version: admission(context, place, own, message, version) for version in VERSIONS}
    found = [version for version, admission in seen.items() if admission.outcome is Outcome.AGREED]
    if not found:
        results = "; ".join(f"{version}: {admission.how}" for version, admission in seen.items())
        context.cannot(f"the configured client certificate is not admitted either ({results})", Blame.CONFIGURATION)
    return found


def own_pair(context: ScenarioContext) -> KeyPair | None:
    """Return the client certificate of the run, None where the configuration names none."""
    tls = context.config.tls
    return KeyPair(tls.certificate, tls.key) if tls.certificate else None


def admission(
    context: ScenarioContext, place: Place, pair: KeyPair | None, message: bytes, version: str = ""
) -> Admission:
    """Send a request with a client certificate, or none, and otherwise as the run does, in one version of TLS or in any.

    CannotTest where this machine cannot present the certificate.
    """
    tls = context.config.tls
    shown = Tls(
        tls.ca, pair.certificate if pair else None, pair.key if pair else None, tls.key_password, verify=tls.verify
    )
    try:
        return context.probes.admission(place, shown, message, version=version, shows=_name_of(context, pair))
    except UsageError as error:
        return context.cannot(f"this machine cannot present the certificate: {error.message}", Blame.CONFIGURATION)


def _name_of(context: ScenarioContext, pair: KeyPair | None) -> str:
    """The key of the configuration that names a client certificate."""
    if pair is None:
        return "no certificate"
    negative = context.config.tls.negative
    named = (item.name for item in fields(negative) if getattr(negative, item.name) == pair)
    return f"tls.negative.{name}" if (name := next(named, "")) else "tls.certificate"


def _turned_away(context: ScenarioContext, version: str, seen: Admission) -> None:
    if seen.outcome is Outcome.UNCLEAR:
        context.cannot(f"{version}: neither admitted nor refused: {seen.how}", Blame.ENVIRONMENT)
    details = {"location": f"client certificate, {version}", "found": seen.how, "expected": "refusal"}
    if seen.outcome is Outcome.REFUSED:
        context.findings.note(f"{version}: {seen.how}", location=details["location"], code="tls-refused")
    elif 400 <= (seen.status or 0) < 500 and not seen.resource_type:
        context.findings.warn(
            "refused with a status that does not mention the certificate", **details, code="tls-odd-refusal"
        )
    else:
        context.findings.fail("the request was served nevertheless", **details, code="tls-admitted")
