"""Which tables, keys and indexes hold what the engine knows?"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    Sequence,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    desc,
    false,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

INTERACTION_PARTITIONS = 16

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

_INSTANT = DateTime(timezone=True)
_EMPTY_OBJECT = text("'{}'::jsonb")
_EMPTY_LIST = text("'{}'::text[]")

# Both sequences must never hand out numbers in blocks (CACHE 1, the default): their order is the order of writing.
interaction_sequence = Sequence("interaction_sequence", metadata=metadata, data_type=BigInteger)
fold_mark_sequence = Sequence("fold_mark_sequence", metadata=metadata, data_type=BigInteger)

# Gives revisions of rules and changes of other definitions one order.
change_sequence = Sequence("change_sequence", metadata=metadata, data_type=BigInteger)

# Locking the row of a user (FOR NO KEY UPDATE) serialises everybody who writes this user's interactions or choice.
users = Table(
    "users",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("created_at", _INSTANT, nullable=False, server_default=text("now()")),
    Column("personalization_enabled", Boolean, nullable=False, server_default=true()),
    Column("use_of_models", Boolean, nullable=False, server_default=true()),
    Column("choice_changed_at", _INSTANT),
    # An alias: what is tracked under this id is the other user's. It has no row anywhere else.
    Column("linked_to", Text, ForeignKey("users.user_id", ondelete="CASCADE")),
    Column("linked_at", _INSTANT),
    CheckConstraint("linked_to <> user_id", name="linked_to_another"),
    CheckConstraint("(linked_to IS NULL) = (linked_at IS NULL)", name="linked_since"),
    Index("ix_users_linked_to", "linked_to", postgresql_where=text("linked_to IS NOT NULL")),
)

# Every user but aliases has a row here from the beginning: locking it is claiming the user for folding.
profiles = Table(
    "profiles",
    metadata,
    Column("user_id", Text, ForeignKey("users.user_id", ondelete="CASCADE"), primary_key=True),
    Column("revision", BigInteger, nullable=False, server_default="0"),
    Column("traits", JSONB, nullable=False, server_default=_EMPTY_OBJECT),
    Column("preferences", JSONB, nullable=False, server_default=_EMPTY_OBJECT),
    Column("history", JSONB, nullable=False, server_default=_EMPTY_OBJECT),
    Column("skill", Text, nullable=False, server_default="BEGINNER"),
    Column("folded_through", BigInteger, nullable=False, server_default="0"),
    Column("last_seen_at", _INSTANT, nullable=False, server_default=text("'-infinity'")),
    Column("computed_at", _INSTANT),
    Column("due_at", _INSTANT),
    Column("segments_revision", BigInteger, nullable=False, server_default="0"),
    Column("models_revision", BigInteger, nullable=False, server_default="0"),
    # NULL: to be folded from scratch, unless nothing was folded yet.
    Column("habits", LargeBinary),
    # NULL: to be folded from scratch, unless nothing was folded yet.
    Column("footprint", LargeBinary),
    Column("earlier_days", LargeBinary),  # of the footprint: see persistence/documents/footprints.py
    Column("insights", JSONB(none_as_null=True)),
    # Repeat numbers of the insights, by which users are filtered and previewed.
    Column("churn_risk", Double),
    Column("lifetime_value", Double),
    Column("signals", LargeBinary, nullable=False, server_default=text("''::bytea")),
    # Repeats users.personalization_enabled: who opted out must not stand in the way of those who wait in an index.
    Column("claimable", Boolean, nullable=False, server_default=true()),
    Index("ix_profiles_traits", "traits", postgresql_using="gin", postgresql_ops={"traits": "jsonb_path_ops"}),
    Index("ix_profiles_due_at", "due_at", postgresql_where=text("claimable AND due_at IS NOT NULL")),
    Index(
        "ix_profiles_segments_revision",
        "segments_revision",
        "user_id",
        postgresql_where=text("claimable AND revision > 0"),
    ),
    Index(
        "ix_profiles_models_revision",
        "models_revision",
        "user_id",
        postgresql_where=text("claimable AND revision > 0"),
    ),
    Index("ix_profiles_churn_risk", "churn_risk", postgresql_where=text("churn_risk IS NOT NULL")),
    Index("ix_profiles_last_seen_at", desc("last_seen_at"), "user_id", postgresql_where=text("revision > 0")),
)

# `segment_key` is no foreign key: built-in segments have members but no row in `segments`.
segment_memberships = Table(
    "segment_memberships",
    metadata,
    Column("user_id", Text, ForeignKey("users.user_id", ondelete="CASCADE"), primary_key=True),
    Column("segment_key", Text, primary_key=True),
    Column("confidence", Double, nullable=False),
    Column("since", _INSTANT, nullable=False),
    Column("source", Text, nullable=False),
    CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
    Index("ix_segment_memberships_members", "segment_key", desc("confidence"), "user_id"),
)

# `user_id` is no foreign key: asking for the user of every row would cost a third of writing it. Whoever writes has
# locked the users before, and a trigger on `users` deletes what they did with them.
interactions = Table(
    "interactions",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column(
        "sequence",
        BigInteger,
        interaction_sequence,
        primary_key=True,
        server_default=interaction_sequence.next_value(),
    ),
    Column("key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("target", Text),
    Column("section", Text),
    Column("tags", ARRAY(Text), nullable=False, server_default=_EMPTY_LIST),
    Column("device", Text),
    Column("session_id", Text),
    Column("value", Double),
    Column("properties", JSONB),
    Column("occurred_at", _INSTANT, nullable=False),
    # The client's offset from UTC: with it, occurred_at is the user's local time again.
    Column("utc_offset_minutes", SmallInteger, nullable=False),
    Column("received_at", _INSTANT, nullable=False),
    UniqueConstraint("user_id", "key"),
    Index("ix_interactions_latest", "user_id", desc("occurred_at"), desc("sequence")),
    postgresql_partition_by="HASH (user_id)",
)

# The users to fold. A mark is a new number for every transaction that stored something, so a worker can tell the mark
# it has served from a later one. `user_id` is no foreign key, as with interactions.
fold_marks = Table(
    "fold_marks",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("mark", BigInteger, fold_mark_sequence, nullable=False, server_default=fold_mark_sequence.next_value()),
    Column("marked_at", _INSTANT, nullable=False),
    Index("ix_fold_marks_marked_at", "marked_at", "user_id"),
)

# The columns beside `content` repeat what lists are filtered and ordered by.
rules = Table(
    "rules",
    metadata,
    Column("rule_id", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("sort_name", Text, Computed("lower(name)", persisted=True), nullable=False),
    Column("description", Text, nullable=False),
    Column("places", ARRAY(Text), nullable=False),
    Column("slots", ARRAY(Text), nullable=False),
    Column("salt", Text, nullable=False),
    Column("exclusion_group", Text),
    Column("held", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("content", JSONB, nullable=False),
    Column("run", JSONB(none_as_null=True)),
    # Repeats how far the experiment is; NULL: the rule has none.
    Column("experiment_status", Text),
    Column("created_at", _INSTANT, nullable=False),
    Column("updated_at", _INSTANT, nullable=False),
    Column("updated_by", Text, nullable=False),
    Index("uq_rules_living_key", "key", unique=True, postgresql_where=text("status <> 'ARCHIVED'")),
    Index("ix_rules_status", "status"),
    Index("ix_rules_exclusion_group", "exclusion_group", postgresql_where=text("status <> 'ARCHIVED'")),
    Index("ix_rules_places", "places", postgresql_using="gin"),
    Index("ix_rules_slots", "slots", postgresql_using="gin"),
    Index("ix_rules_priority", desc("priority"), "rule_id"),
    Index("ix_rules_updated_at", desc("updated_at"), "rule_id"),
    Index("ix_rules_sort_name", "sort_name", "rule_id"),
    Index("ix_rules_updated_by", "updated_by"),
)

rule_revisions = Table(
    "rule_revisions",
    metadata,
    Column("rule_id", Text, ForeignKey("rules.rule_id", ondelete="CASCADE"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("at", _INSTANT, nullable=False),
    Column("by", Text, nullable=False),
    Column("rule", JSONB, nullable=False),
    Column("sequence", BigInteger, change_sequence, nullable=False, server_default=change_sequence.next_value()),
    UniqueConstraint("sequence"),
    Index("ix_rule_revisions_by", "by", desc("sequence")),
)

definition_changes = Table(
    "definition_changes",
    metadata,
    Column("sequence", BigInteger, change_sequence, primary_key=True, server_default=change_sequence.next_value()),
    Column("at", _INSTANT, nullable=False),
    Column("by", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("before", JSONB(none_as_null=True)),
    Column("after", JSONB(none_as_null=True)),
    Column("rule_id", Text),
    # The user whom it concerns, in a column alone, where erasing finds it.
    Column("about", Text),
    Index("ix_definition_changes_by", "by", desc("sequence")),
    Index("ix_definition_changes_rule_id", "rule_id", desc("sequence"), postgresql_where=text("rule_id IS NOT NULL")),
    Index("ix_definition_changes_about", "about", postgresql_where=text("about IS NOT NULL")),
)

segments = Table(
    "segments",
    metadata,
    Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("condition", JSONB, nullable=False),
    Column("revision", Integer, nullable=False),
)

catalogues = Table(
    "catalogues",
    metadata,
    # One catalogue: the only value the key may have is true.
    Column("only", Boolean, primary_key=True, server_default=true()),
    Column("content", JSONB, nullable=False),
    CheckConstraint("only", name="only"),
)

trained_models = Table(
    "trained_models",
    metadata,
    Column("task", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("trained_at", _INSTANT, nullable=False),
    Column("manifest", JSONB, nullable=False),
)

# Read only when a model begins to serve, and compressed by nobody: boosters are dense.
model_parts = Table(
    "model_parts",
    metadata,
    Column("task", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    ForeignKeyConstraint(["task", "version"], ["trained_models.task", "trained_models.version"], ondelete="CASCADE"),
)

# What serves, and what served before. Neither is ever removed while it stands here.
models_in_use = Table(
    "models_in_use",
    metadata,
    Column("task", Text, primary_key=True),
    Column("version", Text, nullable=False),
    Column("previous", Text),
    Column("switched_at", _INSTANT, nullable=False),
    Column("drift", JSONB(none_as_null=True)),
    ForeignKeyConstraint(["task", "version"], ["trained_models.task", "trained_models.version"]),
)

trainings = Table(
    "trainings",
    metadata,
    Column("training_id", Text, primary_key=True),
    Column("cause", Text, nullable=False),
    Column("started_at", _INSTANT, nullable=False),
    Column("ended_at", _INSTANT),
    Column("outcomes", JSONB, nullable=False),
    Index("ix_trainings_started_at", desc("started_at")),
)

# What each user got of each rule, per run of its experiment (0: without one). The first exposure is never changed.
# `segments` are those the user was in then, `counted_through` the largest interaction sequence in `outcomes`; both are
# NULL until a worker looked at it. `relinked`: an anonymous user who is this user now was in the run, too, and
# `conflicted`: had got something else of it.
assignments = Table(
    "assignments",
    metadata,
    Column("user_id", Text, ForeignKey("users.user_id", ondelete="CASCADE"), primary_key=True),
    Column("rule_id", Text, ForeignKey("rules.rule_id", ondelete="CASCADE"), primary_key=True),
    Column("run", Integer, primary_key=True),
    Column("variation", Text),
    Column("held_out", Boolean, nullable=False, server_default=false()),
    Column("probability", Double, nullable=False, server_default="1"),
    Column("overridden", Boolean, nullable=False, server_default=false()),
    Column("first_exposed_at", _INSTANT, nullable=False),
    Column("last_applied_at", _INSTANT, nullable=False),
    Column("times_applied", BigInteger, nullable=False),
    Column("segments", ARRAY(Text)),
    Column("counted_through", BigInteger),
    Column("outcomes", JSONB(none_as_null=True)),
    Column("converted_at", _INSTANT),
    Column("relinked", Boolean, nullable=False, server_default=false()),
    Column("conflicted", Boolean, nullable=False, server_default=false()),
    CheckConstraint("probability > 0 AND probability <= 1", name="probability"),
    Index("ix_assignments_rule_id", "rule_id", "run"),
    Index("ix_assignments_relinked", "rule_id", "run", postgresql_where=text("relinked")),
)

# Sums over users: see domain/ports/rollups.py. Found by what they are about first, then by day.
rollups = Table(
    "rollups",
    metadata,
    Column("measure", Text),
    Column("day", Integer),
    Column("segment", Text),
    Column("subject", Text),
    Column("variation", Text),
    Column("number", Integer),
    Column("sums", ARRAY(Numeric), nullable=False),
    PrimaryKeyConstraint("measure", "segment", "subject", "day", "variation", "number"),
)

# The same, added up over spans of 16 days: see persistence/postgres/rollups.py.
rollup_spans = Table(
    "rollup_spans",
    metadata,
    Column("measure", Text),
    Column("span", Integer),
    Column("segment", Text),
    Column("subject", Text),
    Column("variation", Text),
    Column("number", Integer),
    Column("sums", ARRAY(Numeric), nullable=False),
    PrimaryKeyConstraint("measure", "segment", "subject", "span", "variation", "number"),
)

# Differences not added to the sums yet. Without a key but their order of writing: nobody waits for anybody.
rollup_changes = Table(
    "rollup_changes",
    metadata,
    Column("change_id", BigInteger, Identity(always=True), primary_key=True),
    Column("measure", Text, nullable=False),
    Column("day", Integer, nullable=False),
    Column("segment", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("variation", Text, nullable=False),
    Column("number", Integer, nullable=False),
    # An array as text: writing it is many times faster than making decimals of numbers.
    Column("sums", Text, nullable=False),
)

# Counters under which sets of rows are read as a whole: "rule_set", "segments" and "models".
revisions = Table(
    "revisions",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
