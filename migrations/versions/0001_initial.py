"""Users, their interactions and profiles, rules, segments and the catalogue."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_PARTITIONS = 16

_UPGRADES = (
    """
    CREATE TABLE users (
        user_id text CONSTRAINT pk_users PRIMARY KEY,
        created_at timestamptz NOT NULL DEFAULT now(),
        personalization_enabled boolean NOT NULL DEFAULT true,
        use_of_models boolean NOT NULL DEFAULT true,
        choice_changed_at timestamptz
    )
    """,
    """
    CREATE TABLE profiles (
        user_id text CONSTRAINT pk_profiles PRIMARY KEY
            CONSTRAINT fk_profiles_users REFERENCES users (user_id) ON DELETE CASCADE,
        revision bigint NOT NULL DEFAULT 0,
        traits jsonb NOT NULL DEFAULT '{}'::jsonb,
        preferences jsonb NOT NULL DEFAULT '{}'::jsonb,
        history jsonb NOT NULL DEFAULT '{}'::jsonb,
        skill text NOT NULL DEFAULT 'BEGINNER',
        folded_through bigint NOT NULL DEFAULT 0,
        last_seen_at timestamptz NOT NULL DEFAULT '-infinity',
        computed_at timestamptz,
        due_at timestamptz,
        segments_revision bigint NOT NULL DEFAULT 0,
        claimable boolean NOT NULL DEFAULT true
    )
    """,
    "CREATE INDEX ix_profiles_traits ON profiles USING gin (traits jsonb_path_ops)",
    "CREATE INDEX ix_profiles_due_at ON profiles (due_at) WHERE claimable AND due_at IS NOT NULL",
    """
    CREATE INDEX ix_profiles_segments_revision ON profiles (segments_revision, user_id)
        WHERE claimable AND revision > 0
    """,
    "CREATE INDEX ix_profiles_last_seen_at ON profiles (last_seen_at DESC, user_id) WHERE revision > 0",
    """
    CREATE TABLE segment_memberships (
        user_id text CONSTRAINT fk_segment_memberships_users REFERENCES users (user_id) ON DELETE CASCADE,
        segment_key text,
        confidence double precision NOT NULL
            CONSTRAINT ck_segment_memberships_confidence CHECK (confidence BETWEEN 0 AND 1),
        since timestamptz NOT NULL,
        source text NOT NULL,
        CONSTRAINT pk_segment_memberships PRIMARY KEY (user_id, segment_key)
    )
    """,
    "CREATE INDEX ix_segment_memberships_members ON segment_memberships (segment_key, confidence DESC, user_id)",
    "CREATE SEQUENCE interaction_sequence AS bigint",
    """
    CREATE TABLE interactions (
        user_id text CONSTRAINT fk_interactions_users REFERENCES users (user_id) ON DELETE CASCADE,
        sequence bigint DEFAULT nextval('interaction_sequence'),
        key text NOT NULL,
        kind text NOT NULL,
        target text,
        section text,
        tags text[] NOT NULL DEFAULT '{}'::text[],
        device text,
        session_id text,
        value double precision,
        properties jsonb,
        occurred_at timestamptz NOT NULL,
        utc_offset_minutes smallint NOT NULL,
        received_at timestamptz NOT NULL,
        CONSTRAINT pk_interactions PRIMARY KEY (user_id, sequence),
        CONSTRAINT uq_interactions_user_id_key UNIQUE (user_id, key)
    ) PARTITION BY HASH (user_id)
    """,
    "CREATE INDEX ix_interactions_latest ON interactions (user_id, occurred_at DESC, sequence DESC)",
    *(
        f"CREATE TABLE interactions_p{remainder:02} PARTITION OF interactions "
        f"FOR VALUES WITH (MODULUS {_PARTITIONS}, REMAINDER {remainder})"
        for remainder in range(_PARTITIONS)
    ),
    "CREATE SEQUENCE fold_mark_sequence AS bigint",
    # Rows come and go with every fold: dead ones are cleared early, or the oldest marks hide behind them.
    """
    CREATE TABLE fold_marks (
        user_id text CONSTRAINT pk_fold_marks PRIMARY KEY
            CONSTRAINT fk_fold_marks_users REFERENCES users (user_id) ON DELETE CASCADE,
        mark bigint NOT NULL DEFAULT nextval('fold_mark_sequence'),
        marked_at timestamptz NOT NULL
    ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)
    """,
    "CREATE INDEX ix_fold_marks_marked_at ON fold_marks (marked_at, user_id)",
    """
    CREATE TABLE rules (
        rule_id text CONSTRAINT pk_rules PRIMARY KEY,
        key text NOT NULL,
        status text NOT NULL,
        revision integer NOT NULL,
        priority integer NOT NULL,
        name text NOT NULL,
        sort_name text NOT NULL GENERATED ALWAYS AS (lower(name)) STORED,
        description text NOT NULL,
        places text[] NOT NULL,
        slots text[] NOT NULL,
        salt text NOT NULL,
        content jsonb NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        updated_by text NOT NULL
    )
    """,
    "CREATE UNIQUE INDEX uq_rules_living_key ON rules (key) WHERE status <> 'ARCHIVED'",
    "CREATE INDEX ix_rules_status ON rules (status)",
    "CREATE INDEX ix_rules_places ON rules USING gin (places)",
    "CREATE INDEX ix_rules_slots ON rules USING gin (slots)",
    "CREATE INDEX ix_rules_priority ON rules (priority DESC, rule_id)",
    "CREATE INDEX ix_rules_updated_at ON rules (updated_at DESC, rule_id)",
    "CREATE INDEX ix_rules_sort_name ON rules (sort_name, rule_id)",
    "CREATE INDEX ix_rules_updated_by ON rules (updated_by)",
    """
    CREATE TABLE rule_revisions (
        rule_id text CONSTRAINT fk_rule_revisions_rules REFERENCES rules (rule_id) ON DELETE CASCADE,
        revision integer,
        kind text NOT NULL,
        at timestamptz NOT NULL,
        by text NOT NULL,
        rule jsonb NOT NULL,
        CONSTRAINT pk_rule_revisions PRIMARY KEY (rule_id, revision)
    )
    """,
    "CREATE INDEX ix_rule_revisions_by ON rule_revisions (by)",
    """
    CREATE TABLE segments (
        key text CONSTRAINT pk_segments PRIMARY KEY,
        name text NOT NULL,
        description text NOT NULL,
        condition jsonb NOT NULL,
        revision integer NOT NULL
    )
    """,
    """
    CREATE TABLE catalogues (
        "only" boolean DEFAULT true CONSTRAINT pk_catalogues PRIMARY KEY CONSTRAINT ck_catalogues_only CHECK ("only"),
        content jsonb NOT NULL
    )
    """,
    """
    CREATE TABLE revisions (
        name text CONSTRAINT pk_revisions PRIMARY KEY,
        value bigint NOT NULL
    )
    """,
)

_DOWNGRADES = (
    "DROP TABLE revisions, catalogues, segments, rule_revisions, rules, fold_marks, interactions",
    "DROP TABLE segment_memberships, profiles, users",
    "DROP SEQUENCE interaction_sequence",
    "DROP SEQUENCE fold_mark_sequence",
)


def upgrade() -> None:
    for statement in _UPGRADES:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWNGRADES:
        op.execute(statement)
