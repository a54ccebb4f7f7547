"""The messages of docs/formats.md that a verifier of media needs."""

from wire import BOOL, BYTES, OPTIONAL, REPEATED, SINT64, STRING, UINT32, UINT64, Message


def enum(last):
    return frozenset(range(last + 1))


PLACE = Message("Place", unit=(1, STRING), contest=(2, STRING), round=(3, UINT32))
CHECKPOINT = Message("Checkpoint", log_id=(1, BYTES), size=(2, UINT64), root=(3, BYTES))

# ---- records ----

SIGNED_RECORD = Message(
    "SignedRecord", payload_type=(1, STRING), payload=(2, BYTES), key_id=(3, BYTES), signature=(4, BYTES)
)
HEADER = Message(
    "Header",
    format_version=(1, UINT32),
    election=(2, STRING),
    unit=(3, STRING),
    key_id=(4, BYTES),
    manifest=(5, BYTES),
    signed_at_ms=(6, UINT64),
    software=(7, STRING),
)
PAYLOAD = Message("Payload", header=(1, HEADER), body=(2, BYTES))

# ---- definition ----

SLICE_REF = Message(
    "SliceRef", contest=(1, STRING), round=(2, UINT32), slice=(3, BYTES), group=(4, STRING)
)
PROGRAM_DIGEST = Message("ProgramDigest", program=(1, STRING), version=(2, STRING), sha256=(3, BYTES))
MANIFEST = Message(
    "Manifest",
    election=(1, STRING),
    version=(2, UINT64),
    date=(3, STRING),
    replaces=(4, BYTES),
    mode=(5, STRING),
    units=(6, BYTES),
    slices=(7, SLICE_REF, REPEATED),
    programs=(8, PROGRAM_DIGEST, REPEATED),
)
UNIT = Message(
    "Unit", id=(1, STRING), kind=(2, enum(8)), parent=(3, STRING), name=(4, STRING), commissioner=(5, STRING)
)
UNIT_TABLE = Message("UnitTable", units=(1, UNIT, REPEATED))
UNIT_KIND_NATIONAL = 1
CANDIDATE = Message("Candidate", position=(1, UINT32), name=(2, STRING), struck_off=(3, BOOL))
OPTION = Message(
    "Option", code=(1, STRING), name=(2, STRING), candidates=(3, CANDIDATE, REPEATED), struck_off=(4, BOOL)
)
PRECINCT = Message(
    "Precinct",
    unit=(1, STRING),
    parent=(2, STRING),
    number=(3, UINT32),
    type=(4, enum(8)),
    postal_voting=(5, enum(2)),
    commission_size=(6, UINT32),
    seat=(7, STRING),
)
SLICE = Message(
    "Slice",
    contest=(1, STRING),
    round=(2, UINT32),
    group=(3, STRING),
    kind=(4, enum(8)),
    rule_set=(5, STRING),
    district=(6, STRING),
    seats=(7, UINT32),
    form=(8, BYTES),
    reference=(9, BYTES),
    area=(10, STRING),
    options=(11, OPTION, REPEATED),
    precincts=(12, PRECINCT, REPEATED),
)
FORM_POINT = Message(
    "FormPoint", code=(1, STRING), required=(2, BOOL), label_pl=(3, STRING), label_en=(4, STRING)
)
TERM = Message("Term", coefficient=(1, SINT64), variable=(2, STRING))
COMPARISON = Message("Comparison", left=(1, TERM, REPEATED), op=(2, enum(6)), right=(3, TERM, REPEATED))
GUARD = Message("Guard", kind=(1, enum(5)), comparison=(2, COMPARISON))
FORM_RULE = Message(
    "FormRule",
    code=(1, STRING),
    severity=(2, UINT32),
    comparisons=(3, COMPARISON, REPEATED),
    guards=(4, GUARD, REPEATED),
    message_pl=(5, STRING),
    message_en=(6, STRING),
    builtin=(7, STRING),
)
FORM = Message(
    "Form",
    id=(1, STRING),
    points=(2, FORM_POINT, REPEATED),
    rules=(3, FORM_RULE, REPEATED),
    candidate_votes=(4, BOOL),
)
DEFINITION_FILE = Message("DefinitionFile", manifest=(1, BYTES), blobs=(2, BYTES, REPEATED))

# ---- bodies ----

REMARK = Message("Remark", point=(1, STRING), text=(2, STRING))
EXPLANATION = Message("Explanation", code=(1, STRING), text=(2, STRING))
MEMBER = Message("Member", name=(1, STRING), function=(2, enum(3)), signed=(3, BOOL))
PROTOCOL = Message(
    "Protocol",
    place=(1, PLACE),
    revision=(2, UINT32),
    supersedes=(3, BYTES),
    slice=(4, BYTES),
    points=(5, UINT32, REPEATED),
    votes=(6, UINT32, REPEATED),
    remarks=(7, REMARK, REPEATED),
    explanations=(8, EXPLANATION, REPEATED),
    members=(9, MEMBER, REPEATED),
    opened_min=(10, UINT32, OPTIONAL),
    closed_min=(11, UINT32, OPTIONAL),
    seat=(12, STRING),
    origin=(13, enum(2)),
)
REVOCATION = Message("Revocation", key_id=(1, BYTES), unit=(2, STRING), reason=(3, STRING))
CONFIRMATION = Message(
    "Confirmation", place=(1, PLACE), statement=(2, BYTES), control_code=(3, STRING), reason=(4, STRING)
)
RETURN = Message("Return", place=(1, PLACE), statement=(2, BYTES), reason=(3, STRING))
APPROVAL = Message(
    "Approval", place=(1, PLACE), statement=(2, BYTES), codes=(3, STRING, REPEATED), reason=(4, STRING)
)
SETTLEMENT = Message(
    "Settlement", place=(1, PLACE), chosen=(2, BYTES), set_aside=(3, BYTES, REPEATED), reason=(4, STRING)
)
ANNULMENT = Message("Annulment", place=(1, PLACE), statement=(2, BYTES), reason=(3, STRING))
LOT_WINNER = Message("LotWinner", option=(1, STRING), candidate=(2, UINT32))
LOT = Message(
    "Lot", contest=(1, STRING), round=(2, UINT32), context=(3, BYTES), winners=(4, LOT_WINNER, REPEATED)
)
TURNOUT = Message(
    "TurnoutReport", place=(1, PLACE), at_min=(2, UINT32), eligible=(3, UINT32), issued=(4, UINT32), slice=(5, BYTES)
)
TERRITORIAL_OUTCOME = Message(
    "Outcome", contest=(1, STRING), option=(2, STRING), candidate=(3, UINT32), outcome=(4, STRING)
)
TERRITORIAL = Message(
    "TerritorialProtocol",
    kind=(1, enum(3)),
    place=(2, PLACE),
    revision=(3, UINT32),
    supersedes=(4, BYTES),
    slice=(5, BYTES),
    inputs=(6, BYTES, REPEATED),
    points=(7, UINT64, REPEATED),
    votes=(8, UINT64, REPEATED),
    outcomes=(9, TERRITORIAL_OUTCOME, REPEATED),
    remarks=(10, REMARK, REPEATED),
)
KINDS = ("manifest revocation protocol confirmation return approval settlement annulment lot turnout territorial").split()
BODY = Message(
    "Body",
    **{
        name: (number, message, "one", "kind")
        for number, (name, message) in enumerate(
            zip(
                KINDS,
                (MANIFEST, REVOCATION, PROTOCOL, CONFIRMATION, RETURN, APPROVAL)
                + (SETTLEMENT, ANNULMENT, LOT, TURNOUT, TERRITORIAL),
            ),
            start=1,
        )
    },
)

# ---- transfer ----

SIGNED_BATCH = Message(
    "SignedBatch", payload=(1, BYTES), key_id=(2, BYTES), signature=(3, BYTES), certificate=(4, BYTES)
)
BATCH_ENTRY = Message("BatchEntry", position=(1, UINT64), record=(2, BYTES))
CENTRE_NOTICE = Message("CentreNotice", record_id=(1, BYTES), log_id=(2, BYTES), position=(3, UINT64))
BATCH = Message(
    "Batch",
    election=(1, STRING),
    sender=(2, STRING),
    sequence=(3, UINT64),
    created_at_ms=(4, UINT64),
    log=(5, CHECKPOINT),
    entries=(6, BATCH_ENTRY, REPEATED),
    scanned_to=(7, UINT64),
    blobs=(8, BYTES, REPEATED),
    receiver_receipt=(9, BYTES),
    final=(10, BOOL),
    notices=(11, CENTRE_NOTICE, REPEATED),
    notices_to=(12, UINT64),
    missing=(13, BYTES, REPEATED),
)
