"""The field's vocabulary as enums, used from table to page.

Words follow ISO/IEC 17000:2020: accreditation, certification, designation, recognition and
acceptance are never interchanged. Values (not names) are stored and published; an unknown value
raises, so that a new word is a decision and not an accident.
"""

from enum import IntEnum, StrEnum


class BodyKind(StrEnum):
    """Kinds of conformity assessment body, by the standard they are assessed against."""

    TESTING = "testing"  # ISO/IEC 17025
    CALIBRATION = "calibration"  # ISO/IEC 17025
    MEDICAL = "medical"  # ISO 15189
    INSPECTION = "inspection"  # ISO/IEC 17020
    CERTIFICATION_MS = "certification_ms"  # ISO/IEC 17021-1
    CERTIFICATION_PRODUCT = "certification_product"  # ISO/IEC 17065
    CERTIFICATION_PERSONS = "certification_persons"  # ISO/IEC 17024
    CERTIFICATION = "certification"  # the source says no more than "certification body"
    PROFICIENCY = "proficiency"  # ISO/IEC 17043
    REFERENCE_MATERIAL = "reference_material"  # ISO 17034
    VALIDATION = "validation"  # ISO/IEC 17029, ISO 14065
    BIOBANK = "biobank"  # ISO 20387
    GLP = "glp"  # OECD good laboratory practice: monitored, not accredited


class AccreditationKind(StrEnum):
    """What sort of standing it is. CMA is a legal permission, CNAS an accreditation: two types."""

    ACCREDITATION = "accreditation"
    DESIGNATION = "designation"
    PERMISSION = "permission"


class Listed(StrEnum):
    """What a source says of an accreditation by listing it: the status at a check."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    SURRENDERED = "surrendered"
    EXPIRED = "expired"
    INACTIVE = "inactive"  # A2LA: the holder asked to lapse, at most one year


class EventKind(StrEnum):
    """A change of status or scope. What grants stands in the accreditation itself."""

    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    SURRENDERED = "surrendered"
    TRANSFERRED_OUT = "transferred_out"
    RENEWED = "renewed"
    EXTENDED_TO = "extended_to"  # a new expiry by the accreditation body's decision


class Verdict(StrEnum):
    """The answers of the validity decision; see services/validity."""

    VALID = "VALID"
    VALID_FLEXIBLE_UNCONFIRMED = "VALID_FLEXIBLE_UNCONFIRMED"
    SUSPENDED = "SUSPENDED"
    WITHDRAWN = "WITHDRAWN"
    SURRENDERED = "SURRENDERED"
    TRANSFERRED = "TRANSFERRED"
    EXPIRED = "EXPIRED"
    NOT_YET_GRANTED = "NOT_YET_GRANTED"
    OUT_OF_SCOPE = "OUT_OF_SCOPE"
    SITE_NOT_COVERED = "SITE_NOT_COVERED"
    NOT_FOUND = "NOT_FOUND"
    UNKNOWN_STALE = "UNKNOWN_STALE"
    UNKNOWN_GAP = "UNKNOWN_GAP"
    UNKNOWN_FUTURE = "UNKNOWN_FUTURE"
    UNKNOWN_SCOPE = "UNKNOWN_SCOPE"
    CONFLICT = "CONFLICT"
    IDENTITY_UNRESOLVED = "IDENTITY_UNRESOLVED"


class Confidence(StrEnum):
    """How well the checks enclose the day asked about."""

    BRACKETED = "bracketed"  # primary checks before and after
    RETROSPECTIVE = "retrospective"  # only a later primary check
    SINGLE = "single"  # only an earlier primary check
    NONE = "none"


class Tier(IntEnum):
    """Who speaks. A lower tier can never upgrade what a higher one says."""

    AB_REGISTER = 1  # decision, notice or register of the accreditation body
    AB_SCHEDULE = 2  # schedule published by the accreditation body
    SCHEME_LIST = 3  # regulator or scheme, authoritative for its own designation only
    MRA_DATABASE = 4
    AGGREGATOR = 5
    OWN_DOCUMENT = 6  # the body's own documents


class PresenceMode(StrEnum):
    """ "Building ships" and "borrowing ships" of the 2024-2030 action plan."""

    BUILT = "built"
    BORROWED = "borrowed"


class EvidenceLevel(StrEnum):
    """Only the first two may show a "verified" mark."""

    ISSUER_REGISTER = "issuer_register"
    ISSUER_DOCUMENT_VERIFIED = "issuer_document_verified"
    SELF_DECLARED_DOCUMENT = "self_declared_document"
    MARKETING_CLAIM = "marketing_claim"


VERIFIED_LEVELS = frozenset({EvidenceLevel.ISSUER_REGISTER, EvidenceLevel.ISSUER_DOCUMENT_VERIFIED})


class CredentialKind(StrEnum):
    TRADEMARK = "trademark"
    AWARD = "award"
    MEMBERSHIP = "membership"
    DESIGNATION = "designation"
    RANKING = "ranking"
    PROFICIENCY_RESULT = "proficiency_result"
    PENALTY = "penalty"  # always adverse


class Polarity(StrEnum):
    POSITIVE = "positive"
    ADVERSE = "adverse"


class NameKind(StrEnum):
    REGISTERED = "registered"
    TRADING = "trading"
    FORMER = "former"
    AS_LISTED = "as_listed"  # the words of a list that does not say which kind it prints


class RelationKind(StrEnum):
    BRANCH_OF = "branch_of"
    SUBSIDIARY_OF = "subsidiary_of"
    JOINT_VENTURE_OF = "joint_venture_of"
    UNIT_OF = "unit_of"
    NAME_PLATE_OF = "name_plate_of"
    SUCCESSOR_OF = "successor_of"


class Sureness(StrEnum):
    """How sure a row of reference data is of itself; never a proof."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Requirement(StrEnum):
    """What a market's route may ask for: the words of services.routes.grammar."""

    SDOC = "sdoc"  # the supplier's own declaration of conformity
    NOTIFIED_BODY = "notified_body"
    APPROVED_BODY = "approved_body"
    ILAC_17025_REPORT = "ilac_17025_report"  # of a laboratory accredited by an MRA signatory
    IECEE_CB = "iecee_cb"
    GLP_MAD = "glp_mad"  # good laboratory practice under mutual acceptance of data
    PREMARKET_REGISTRATION = "premarket_registration"
    IN_COUNTRY_LAB = "in_country_lab"
    IN_COUNTRY_CB = "in_country_cb"
    REGULATOR_ACCEPTED_LAB = "regulator_accepted_lab"
    TECHNICAL_SERVICE = "technical_service"
    FOREIGN_REGISTERED_CAB = "foreign_registered_cab"
    DESIGNATED_FOREIGN_CAB_MRA = "designated_foreign_cab_mra"
    EQUIVALENCE_ACCEPTED = "equivalence_accepted"
    PRESHIPMENT_VOC = "preshipment_voc"  # verification of conformity before shipment


class RouteDayKind(StrEnum):
    """What happens on a date that a route names."""

    APPLIES = "applies"  # from then on
    UNTIL = "until"  # no longer from then on
    PROPOSED = "proposed"
    ISSUED = "issued"  # a rule was published; when it applies stands elsewhere
    MENTIONED = "mentioned"  # the text names it without saying more


class RouteLinkKind(StrEnum):
    GUIDE = "guide"
    TBT = "tbt"  # notification to the WTO under the TBT agreement
    LAW = "law"
    REGISTER = "register"


class CooperationKind(StrEnum):
    AGENCY = "agency"
    SUBCONTRACT = "subcontract"
    JOINT_LABORATORY = "joint_laboratory"
    JOINT_VENTURE = "joint_venture"
    WITNESSED_TESTING = "witnessed_testing"
    CBTL_UNDER_NCB = "cbtl_under_ncb"
    DATA_ACCEPTANCE = "data_acceptance"


class RecognitionLevel(StrEnum):
    """Recognition grows from product to system, field and country (the action plan's words)."""

    PRODUCT = "product"
    SYSTEM = "system"
    FIELD = "field"
    COUNTRY = "country"


class ProjectStatus(StrEnum):
    PLANNED = "planned"
    UNDER_WAY = "under_way"
    RUNNING = "running"
    ENDED = "ended"


class ContradictionKind(StrEnum):
    """What two sources say differently of the same accreditation on the same day."""

    STATUS = "status"
    EXPIRY = "expiry"
    HOLDER = "holder"  # one number, two holders
    SITE = "site"  # no place of the one can be one of the other's


class LeavingMeans(StrEnum):
    """What it means when a record is no longer on a complete list of its source."""

    NOTHING = "nothing"  # a rolling list: leaving says nothing
    NO_LONGER_LISTED = "no_longer_listed"  # counts after two complete fetches 24 h apart


class RunState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    REFUSED = "refused"  # the content was doubted: old data stand
    FAILED = "failed"  # the content was never had


class ChangeKind(StrEnum):
    ADDED = "added"
    ALTERED = "altered"
    ENDED = "ended"  # a statement that its source no longer makes
    LEFT_LIST = "left_list"
    BACK_ON_LIST = "back_on_list"
    LINES = "lines"  # scope lines of one accreditation, added and removed, as one row
    TIME = "time"  # what time alone changed
    MERGED = "merged"  # two bodies were found to be one
    SEPARATED = "separated"  # a merge was undone
    RELATED = "related"  # what one body is to another was decided


class MatchReason(StrEnum):
    """Why a person is asked whom a record speaks of, in the words in which it is asked."""

    IDENTIFIERS = "Its identifiers belong to different bodies."
    CHECK_DIGIT = "The same identifier, but its check digit fails."
    OTHER_NAME = "The same number is held under another name."
    SAME_NAME = "The same name, but country or identifiers do not settle that it is the same body."
    LEGAL_FORM = "The same name but for its legal form."
    SPELLING = "The names are alike but for their spelling."
    WRITTEN = "The same legal person or institution by its name, written in another way."
    WITHIN = "The one name stands within the other."
    TRANSLATED = "A Chinese name and an English one of the same words and sounds."
    SOUND = "A Chinese name and an English one of the same sound at the same place."
    INITIALS = "The one name is the initials of the other."
    RENAMED = "The record names quite another body than before: a rename, or another holder."
    APART = "Kept apart before, and names or identifiers have changed since."


class ChangeCause(StrEnum):
    """Why a run's changes came about: the source says something else, or we read it otherwise."""

    SOURCE = "source"  # the source's list changed, or (kind ``time``) the calendar
    READING = "reading"  # the same bytes as before, read by another reader
    REREAD = "reread"  # bytes that were refused before, read again: the list's changes with ours


class Changed(StrEnum):
    """What a change row is about: a table of statements, a whole record, or a body."""

    NAME = "name"
    IDENTIFIER = "identifier"
    PROFILE = "profile"
    SITE = "site"
    PRESENCE = "presence"
    ACCREDITATION = "accreditation_statement"
    STATUS_EVENT = "status_event"
    CREDENTIAL = "credential"
    RELATION = "relation"
    ACCREDITATION_BODY = "accreditation_body"
    SCOPE_LINE = "scope_line"
    ROUTE = "market_route"
    ROUTE_DAY = "route_day"
    ROUTE_LINK = "route_link"
    SIGNATORY = "signatory"
    DESIGNATES = "designates"
    ZONE = "zone"
    OWNERSHIP = "ownership"
    COOPERATION = "cooperation"
    ACCEPTANCE = "acceptance"
    PROJECT = "project"
    ACCOMPANIMENT = "accompaniment"
    EXPERTISE = "expertise"
    OFFER = "offer"
    RECORD = "record"  # left its list, or is back on it
    BODY = "body"  # what time alone changed


class Role(StrEnum):
    """What an account may do beside asking: each may what those before it may."""

    READER = "reader"  # audits, watchlists and subscriptions of its own
    REGULATOR = "regulator"  # and kept bytes
    STEWARD = "steward"  # and decisions about data
    OPERATOR = "operator"  # and how sources are asked: schedule, rate, pause


class DeskAction(StrEnum):
    """What the audit trail tells of."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    PASSWORD_SET = "password_set"
    RUN_ASKED = "run_asked"
    RUN_ACCEPTED = "run_accepted"
    RUN_DISCARDED = "run_discarded"
    RUN_REREAD = "run_reread"
    FILE_HANDED_IN = "file_handed_in"
    SOURCE_PAUSED = "source_paused"
    SOURCE_RESUMED = "source_resumed"
    SOURCE_SET = "source_set"
    RULED = "ruled"
    OBSTACLE_DECIDED = "obstacle_decided"
    KEY_MADE = "key_made"
    KEY_ENDED = "key_ended"
    SUBSCRIPTION_ENDED = "subscription_ended"
    BYTES_FORGOTTEN = "bytes_forgotten"  # by the policy of the settings, services/sync/forget.py


class SecretKind(StrEnum):
    API_KEY = "api_key"
    SIGN_IN_LINK = "sign_in_link"  # used once
    SESSION = "session"


class ObstacleState(StrEnum):
    """What became of a report that a document was not taken abroad."""

    WAITING = "waiting"  # for a steward
    PUBLISHED = "published"  # a warning on the market's routes
    REJECTED = "rejected"


class AuditState(StrEnum):
    RECEIVING = "receiving"  # its file is on the way
    MAPPING = "mapping"  # its columns wait to be confirmed
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"  # the file cannot be audited; ``problems`` say why


class SubscriptionState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"  # by its owner
    ENDED = "ended"  # the receiver answered 410 Gone


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"  # every attempt failed: shown, and sent again on request
