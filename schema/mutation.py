"""What can be changed?"""

from collections.abc import Awaitable, Collection
from typing import Annotated, TypeAlias

import strawberry
from strawberry.scalars import JSON

from domain.model import profiles as profiles_model
from domain.model import rules as rules_model
from domain.ports.interactions import Receipt
from resolvers import (
    assignments,
    catalogues,
    imports,
    interactions,
    links,
    personalization,
    profiles,
    rules,
    segments,
    suggestions,
    users,
)
from resolvers.arguments import Document
from schema.enumerations import RuleStatus
from schema.errors import attempted
from schema.inputs.catalogues import CatalogueInput
from schema.inputs.imports import ImportInput
from schema.inputs.interactions import InteractionInput
from schema.inputs.profiles import LinkUsersInput, UpdateProfileInput
from schema.inputs.rules import RuleInput
from schema.inputs.segments import SegmentInput
from schema.inputs.suggestions import OptimizeInput
from schema.operations import Info, is_given, resolved
from schema.types.assignments import Assignment
from schema.types.catalogues import Catalogue
from schema.types.imports import ImportPayload
from schema.types.payloads import (
    CataloguePayload,
    DeletePayload,
    ErasePayload,
    ExportPayload,
    OverridePayload,
    PersonalizationPayload,
    ProfilePayload,
    RulePayload,
    SegmentPayload,
    TrackPayload,
)
from schema.types.rules import Rule
from schema.types.suggestions import OptimizePayload
from schema.types.users import PersonalizationChoice, Profile, Segment

RuleId: TypeAlias = Annotated[strawberry.ID, strawberry.argument(name="id", description="The rule's id.")]
TriedRule: TypeAlias = Annotated[
    strawberry.ID, strawberry.argument(name="ruleId", description="The id of the rule with the experiment.")
]
ExpectedRevision: TypeAlias = Annotated[
    int, strawberry.argument(description="The revision that was read: refused when somebody was faster.")
]
RuleDocument: TypeAlias = Annotated[
    Document,
    strawberry.argument(name="input", description="All of what its author writes.", graphql_type=RuleInput),
]


@strawberry.type(description="Everything that can be changed. Expected refusals are `userErrors`, and change nothing.")
class Mutation:
    @resolved("Say one thing that a user did.")
    async def track_interaction(
        self,
        info: Info,
        document: Annotated[
            Document,
            strawberry.argument(name="input", description="What was done.", graphql_type=InteractionInput),
        ],
    ) -> TrackPayload:
        return await _tracked(interactions.track(info.context, [document]), single=True)

    @resolved("Say 1 to 5,000 things that users did, at once. All are stored or none.")
    async def track_interactions(
        self,
        info: Info,
        documents: Annotated[
            list[Document],
            strawberry.argument(name="input", description="What was done.", graphql_type=list[InteractionInput]),
        ],
    ) -> TrackPayload:
        return await _tracked(interactions.track(info.context, documents))

    @resolved("Declare traits and preferences. Another user's: admin and service only.")
    async def update_profile(
        self,
        info: Info,
        document: Annotated[
            Document,
            strawberry.argument(name="input", description="What to change.", graphql_type=UpdateProfileInput),
        ],
    ) -> ProfilePayload:
        return await _profile_changed(info, profiles.update_profile(info.context, document))

    @resolved("Learn everything afresh from all interactions. Another user's: admin and service only.")
    async def recompute_profile(
        self, info: Info, user_id: Annotated[strawberry.ID, strawberry.argument(description="Whose profile.")]
    ) -> ProfilePayload:
        return await _profile_changed(info, profiles.recompute_profile(info.context, user_id), ("userId",))

    @resolved(
        "Say that an anonymous user is a known one: what both did, declared and saw is the known user's, and so is "
        "what is tracked under the anonymous id from now on. A token of that id gets nothing of it. "
        "Roles: admin, service."
    )
    async def link_users(
        self,
        info: Info,
        document: Annotated[
            Document,
            strawberry.argument(name="input", description="Who is who.", graphql_type=LinkUsersInput),
        ],
    ) -> ProfilePayload:
        return await _profile_changed(info, links.link_users(info.context, document))

    @resolved("Make a rule. It is a draft until its status is set. Role: admin.")
    async def create_rule(self, info: Info, document: RuleDocument) -> RulePayload:
        return await _rule_changed(rules.create_rule(info.context, document))

    @resolved("Replace everything that the author of a rule writes. Role: admin.")
    async def update_rule(
        self, info: Info, rule_id: RuleId, expected_revision: ExpectedRevision, document: RuleDocument
    ) -> RulePayload:
        return await _rule_changed(rules.update_rule(info.context, rule_id, expected_revision, document))

    @resolved("Activate, pause, archive or revive a rule. Role: admin.")
    async def set_rule_status(
        self,
        info: Info,
        rule_id: RuleId,
        expected_revision: ExpectedRevision,
        status: Annotated[RuleStatus, strawberry.argument(description="The status it shall have.")],
    ) -> RulePayload:
        return await _rule_changed(rules.set_rule_status(info.context, rule_id, expected_revision, status))

    @resolved(
        "Make what was written at an earlier revision the newest again; the status stays. An experiment that was "
        "running then, and was only concluded since, goes on. Role: admin."
    )
    async def roll_back_rule(
        self,
        info: Info,
        rule_id: RuleId,
        expected_revision: ExpectedRevision,
        to_revision: Annotated[int, strawberry.argument(description="The earlier revision.")],
    ) -> RulePayload:
        return await _rule_changed(rules.roll_back_rule(info.context, rule_id, expected_revision, to_revision))

    @resolved("Archive a rule: its key is free, its history stays. Role: admin.")
    async def delete_rule(self, info: Info, rule_id: RuleId, expected_revision: ExpectedRevision) -> DeletePayload:
        deleted, errors = await attempted(rules.delete_rule(info.context, rule_id, expected_revision), _RULE_ARGUMENTS)
        return DeletePayload(deleted=deleted is not None, user_errors=errors)

    @resolved(
        "Begin to assign users to the variations of a rule's experiment, as soon as the rule is active; after a "
        "conclusion as another run, which assigns afresh. Role: admin."
    )
    async def start_experiment(self, info: Info, rule_id: TriedRule) -> RulePayload:
        return await _rule_changed(rules.start_experiment(info.context, rule_id))

    @resolved("Give a variation to everybody the rule is for, from now on. Role: admin.")
    async def conclude_experiment(
        self,
        info: Info,
        rule_id: TriedRule,
        winner: Annotated[str, strawberry.argument(description="The key of a variation.")],
    ) -> RulePayload:
        return await _rule_changed(rules.conclude_experiment(info.context, rule_id, winner))

    @resolved("Import rules, segments and the catalogue, or say what that would change. Role: admin.")
    async def import_rules(
        self,
        info: Info,
        document: Annotated[
            Document, strawberry.argument(name="input", description="What and how.", graphql_type=ImportInput)
        ],
    ) -> ImportPayload:
        return ImportPayload.of(*await attempted(imports.import_rules(info.context, document)))

    @resolved(
        "Give a user a variation of a running experiment by hand, at once: they count in none of its statistics. "
        "Role: admin."
    )
    async def override_variation(
        self,
        info: Info,
        rule_id: Annotated[strawberry.ID, strawberry.argument(description="The rule that runs the experiment.")],
        user_id: Annotated[strawberry.ID, strawberry.argument(description="Whose variation.")],
        variation: Annotated[
            str | None, strawberry.argument(description="Its key; null or left out: what is drawn, as for everybody.")
        ] = None,
    ) -> OverridePayload:
        given, errors = await attempted(
            assignments.override(info.context, rule_id, user_id, variation), ("ruleId", "userId", "variation")
        )
        return OverridePayload(assignment=None if given is None else Assignment.of(given), user_errors=errors)

    @resolved(
        "What measured figures suggest about rules; with `apply` the applicable ones are carried out and audited, and "
        "can be rolled back. Roles: admin, analyst; to apply: admin."
    )
    async def optimize_rules(
        self,
        info: Info,
        document: Annotated[
            Document, strawberry.argument(name="input", description="Which rules.", graphql_type=OptimizeInput)
        ],
    ) -> OptimizePayload:
        found, errors = await attempted(suggestions.optimise(info.context, document))
        return OptimizePayload.of(info, found, errors)

    @resolved("Define a segment, or define it anew. Role: admin.")
    async def save_segment(
        self,
        info: Info,
        document: Annotated[
            Document, strawberry.argument(name="input", description="The segment.", graphql_type=SegmentInput)
        ],
    ) -> SegmentPayload:
        saved, errors = await attempted(segments.save_segment(info.context, document))
        return SegmentPayload(segment=None if saved is None else Segment.of(saved), user_errors=errors)

    @resolved("Delete a segment with its memberships. Role: admin.")
    async def delete_segment(
        self, info: Info, key: Annotated[str, strawberry.argument(description="The segment's key.")]
    ) -> DeletePayload:
        deleted, errors = await attempted(segments.delete_segment(info.context, key), ("key",))
        return DeletePayload(deleted=bool(deleted), user_errors=errors)

    @resolved("Replace the catalogue. Role: admin.")
    async def save_catalogue(
        self,
        info: Info,
        document: Annotated[
            Document, strawberry.argument(name="input", description="All of it.", graphql_type=CatalogueInput)
        ],
    ) -> CataloguePayload:
        saved, errors = await attempted(catalogues.save_catalogue(info.context, document))
        return CataloguePayload(catalogue=None if saved is None else Catalogue.of(saved), user_errors=errors)

    @resolved(
        "Choose whether to be personalized. Who opted out gets the default config, is not tracked and not profiled."
    )
    async def set_personalization(
        self,
        info: Info,
        enabled: Annotated[
            bool, strawberry.argument(description="Allow to be tracked, profiled and personalized at all?")
        ],
        *,
        use_of_models: Annotated[
            bool | None,
            strawberry.argument(
                description=(
                    "Allow to be scored by trained models? Left out, or null: as chosen before, so that whoever "
                    "refused models is not scored for switching personalization on again; who never chose allows it."
                )
            ),
        ] = True,
    ) -> PersonalizationPayload:
        chosen = await personalization.set_personalization(
            info.context, enabled=enabled, use_of_models=use_of_models if is_given(info, "useOfModels") else None
        )
        return PersonalizationPayload(personalization=PersonalizationChoice.of(chosen), user_errors=[])

    @resolved("Everything stored about whoever asks, to take away. Refused of more than 50,000 interactions.")
    async def export_my_data(self, info: Info) -> ExportPayload:
        data, errors = await attempted(users.export_me(info.context))
        return ExportPayload(data=None if data is None else JSON(data), user_errors=errors)

    @resolved("Erase everything stored about whoever asks.")
    async def erase_my_data(self, info: Info) -> ErasePayload:
        return ErasePayload(erased=await users.erase_me(info.context), user_errors=[])

    @resolved("Erase everything stored about a user. Role: admin.")
    async def erase_user(
        self, info: Info, user_id: Annotated[strawberry.ID, strawberry.argument(description="The user's id.")]
    ) -> ErasePayload:
        erased, errors = await attempted(users.erase(info.context, user_id), ("userId",))
        return ErasePayload(erased=bool(erased), user_errors=errors)


_RULE_ARGUMENTS = ("id", "ruleId", "winner", "expectedRevision", "status", "toRevision")


async def _tracked(change: Awaitable[Receipt], *, single: bool = False) -> TrackPayload:
    receipt, errors = await attempted(change, single=single)
    if receipt is None:
        return TrackPayload(accepted=0, duplicates=0, ignored=0, user_errors=errors)
    return TrackPayload(
        accepted=receipt.accepted, duplicates=receipt.duplicates, ignored=receipt.ignored, user_errors=[]
    )


async def _rule_changed(change: Awaitable[rules_model.Rule]) -> RulePayload:
    rule, errors = await attempted(change, _RULE_ARGUMENTS)
    return RulePayload(rule=None if rule is None else Rule.of(rule), user_errors=errors)


async def _profile_changed(
    info: Info, change: Awaitable[profiles_model.Profile], arguments: Collection[str] = ()
) -> ProfilePayload:
    profile, errors = await attempted(change, arguments)
    now = info.context.use_cases.clock.now()
    return ProfilePayload(profile=None if profile is None else Profile.of(profile, now), user_errors=errors)
