"""What a configuration says, as immutable values. schema.json has the same fields with their meaning; a test holds both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Provider:
    """The system under test. `base_url` has no slash at its end; `proxy_url` is "" when requests go straight to it.

    `may_write` permits runs that book, change and register; to this machine itself they always may.
    """

    base_url: str
    asid: str
    ods_code: str
    via_proxy: bool = False
    proxy_url: str = ""
    may_write: bool = False

    @property
    def root(self) -> str:
        """What a request's path is appended to: the proxy's URL and the provider's, or the provider's alone."""
        return f"{self.proxy_url}/{self.base_url}" if self.via_proxy else self.base_url


@dataclass(frozen=True, slots=True)
class BookingOrganization:
    """The organisation that asks and books. `type` is a code of GPConnect-OrganisationType-1; "" sends none."""

    name: str = "Conformance Assurance Practice"
    type: str = "gp-practice"
    telecom: str = "0300 303 5678"


@dataclass(frozen=True, slots=True)
class User:
    """The person on whose behalf requests are sent. The two SDS ids are UNK for a user without a smartcard."""

    id: str = "assure-user-1"
    sds_user_id: str = "UNK"
    sds_role_profile_id: str = "UNK"
    local_id_system: str = "https://consumer.example.org/Id/user-guid"
    local_id: str = "5a9d0f6e-0d0c-4f7e-9d27-3b0f1f6f2c11"
    family: str = "Assessor"
    given: str = "Alex"
    prefix: str = "Dr"
    job_role: str = "R0260"


@dataclass(frozen=True, slots=True)
class Device:
    """The consumer system as a device. `id` is used where the edition's token asks for one."""

    id: str = "assure-device-1"
    system: str = "https://consumer.example.org/Id/device-identifier"
    value: str = "ASSURE-1"
    model: str = "gpconnect-assure"
    version: str = "1"


@dataclass(frozen=True, slots=True)
class Consumer:
    """Whom we play. `issuer` is the token's `iss`; `audience` overrides the edition's `aud` ("" keeps it)."""

    asid: str
    ods_code: str
    organization: BookingOrganization = field(default_factory=BookingOrganization)
    practitioner: User = field(default_factory=User)
    device: Device = field(default_factory=Device)
    issuer: str = "https://consumer.example.org/"
    audience: str = ""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A client certificate and its key: PEM files, of which the key may lie in the certificate's, or one PKCS#12 file."""

    certificate: Path
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class Negative:
    """Client certificates that a provider must refuse; None where there is none to try."""

    self_signed: KeyPair | None = None
    other_authority: KeyPair | None = None
    expired: KeyPair | None = None
    not_yet_valid: KeyPair | None = None
    revoked: KeyPair | None = None
    wrong_name: KeyPair | None = None
    wrong_usage: KeyPair | None = None


@dataclass(frozen=True, slots=True)
class Tls:
    """Certificates as PEM files, that of the client also as PKCS#12. `verify` False accepts any server certificate (the report
    says so). `plain_port` is the port at which plain HTTP is tried; 0 tries none. `key_password` opens every encrypted key.
    """

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    key_password: str = field(default="", repr=False)
    verify: bool = True
    plain_port: int = 80
    negative: Negative = field(default_factory=Negative)


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient the provider holds. `roles` are the words of schema.json; `name` is for people who read the config.

    `logical_id` is the provider's own id, needed only of patients whom no search finds; "" where it is not known.
    """

    nhs_number: str
    roles: tuple[str, ...] = ()
    name: str = ""
    logical_id: str = ""


@dataclass(frozen=True, slots=True)
class Registration:
    """Someone the provider does not hold, as on PDS. `refused` says why PDS makes a registration fail, "" when it does not.

    `birth_date` is yyyy-mm-dd. `inactive` says that the provider holds a record of someone who has left.
    """

    nhs_number: str
    family: str
    given: str
    birth_date: str
    gender: str = ""
    refused: str = ""
    inactive: bool = False


@dataclass(frozen=True, slots=True)
class DayRange:
    """Whole days, both ends included: each end a date, or a number of days from today in UK time."""

    first: int | date
    last: int | date

    def dates(self, today: date) -> tuple[date, date]:
        """Return the first and last day as dates, reckoned from `today`."""
        return _day(self.first, today), _day(self.last, today)


def _moment(day: date, text: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(text), ZoneInfo("Europe/London"))


def _day(value: int | date, today: date) -> date:
    return value if isinstance(value, date) else today + timedelta(days=value)


@dataclass(frozen=True, slots=True)
class Window:
    """Where slots are searched for: days from today in UK time, both ends included."""

    start_days: int = 1
    end_days: int = 13

    def dates(self, today: date) -> tuple[date, date]:
        """Return the first and last day as dates, reckoned from `today`."""
        return _day(self.start_days, today), _day(self.end_days, today)


@dataclass(frozen=True, slots=True)
class RestrictedSlots:
    """Where slots restricted to a type of organisation, or to one organisation, lie beside unrestricted ones (STU3).

    `not_bookable` and `embargoed` are UK clock times (hh:mm) of those days at which none but such slots begin.
    """

    days: DayRange
    organization_type: str = ""
    organization_ods: str = ""
    not_bookable: tuple[str, ...] = ()
    embargoed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClosedSlot:
    """A free slot that is not open to GP Connect. `day` is a date or a number of days from today, times are UK clock times."""

    id: str
    day: int | date
    start: str
    end: str
    location: str

    def times(self, today: date) -> tuple[datetime, datetime]:
        """Return start and end as aware datetimes, reckoned from `today`."""
        day = _day(self.day, today)
        return _moment(day, self.start), _moment(day, self.end)


@dataclass(frozen=True, slots=True)
class Unknown:
    """Values of the right form that the provider does not hold."""

    nhs_number: str = "9000000009"
    logical_id: str = "999999999"
    sds_user_id: str = "G99999999"
    organization_ods: str = "ZZ999"
    site_code: str = "ZZ99901"


@dataclass(frozen=True, slots=True)
class Appointments:
    """Logical ids of bookable patients' appointments that were booked in the provider's own system; "" for none.

    `past` began before today, `earlier_today` today, `own_system` is for tomorrow or later in a slot not open to GP Connect.
    `sensitive` is for tomorrow or later, of the patient with the role sensitive.
    `past_resource` is a file that holds the first of them as the provider presents it (read by engine.supplied_resources).
    """

    past: str = ""
    past_resource: Path | None = None
    earlier_today: str = ""
    own_system: str = ""
    sensitive: str = ""


@dataclass(frozen=True, slots=True)
class TestData:
    """What the provider holds that the scenarios need; what is left empty makes its scenarios skip with that reason."""

    patients: tuple[Patient, ...]
    practitioners: tuple[str, ...] = ()
    organization_ods: str = ""
    locations: tuple[str, ...] = ()
    window: Window = field(default_factory=Window)
    empty_range: DayRange | None = None
    restricted_slots: RestrictedSlots | None = None
    closed_slot: ClosedSlot | None = None
    unknown: Unknown = field(default_factory=Unknown)
    appointments: Appointments = field(default_factory=Appointments)
    registrations: tuple[Registration, ...] = ()

    __test__ = False  # pytest: a value, not a test class

    def patients_with(self, role: str) -> tuple[Patient, ...]:
        """Return the patients that have a role, in the order of the file."""
        return tuple(patient for patient in self.patients if role in patient.roles)


@dataclass(frozen=True, slots=True)
class Resilience:
    """How much disturbance between us and the provider a run bears; schema.json says what each bounds. Times in seconds."""

    repeats: int = 3
    pause: float = 0.5
    longest_pause: float = 30.0
    scenario_repeats: int = 2
    failures_in_a_row: int = 3
    refused_in_a_row: int = 3
    wait_for_provider: float = 60.0
    most_repeats: int = 500


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How a run goes. Timeouts are in seconds, `response_timeout` bounds a whole exchange, `deadline` the whole run; sizes
    are in bytes. `workers` play scenarios at the same time (0: as many as the provider's latency calls for), `max_rate` is in
    requests a second, `max_connections` in connections at the same time (0 sets no bound).
    """

    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    response_timeout: float = 60.0
    deadline: float = 21_600.0
    max_response_bytes: int = 20_000_000
    max_evidence_bytes: int = 2_000_000_000
    select: str = ""
    reports: Path = Path("reports")
    strict: bool = False
    double_booking_pairs: int = 3
    workers: int = 0
    max_rate: float = 0.0
    max_connections: int = 0
    redact: bool = True
    resilience: Resilience = field(default_factory=Resilience)


@dataclass(frozen=True, slots=True)
class DefinitionSources:
    """StructureDefinitions, ValueSets and CodeSystems beside the shipped ones: folders, files or .tgz packages.

    `prefer` is `added` or `shipped`: which one counts where both hold a canonical URL. `registry` is where
    `profiles download` fetches from.
    """

    paths: tuple[Path, ...] = ()
    prefer: str = "added"
    registry: str = ""


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """What the report says of itself; empty lines are left out. `signing_key` is an Ed25519 key in PEM that signs the run."""

    supplier: str = ""
    product: str = ""
    version: str = ""
    environment: str = ""
    assurer: str = ""
    signing_key: Path | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """A whole configuration. `path` is the file it came from; every other path in it is absolute."""

    path: Path
    edition: str
    provider: Provider
    consumer: Consumer
    data: TestData
    options: Mapping[str, str] = field(default_factory=dict)
    tls: Tls = field(default_factory=Tls)
    run: RunSettings = field(default_factory=RunSettings)
    report: ReportSettings = field(default_factory=ReportSettings)
    definitions: DefinitionSources = field(default_factory=DefinitionSources)
