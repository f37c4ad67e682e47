"""How are errors told? Each as the specification's error object, with a code that programs can act on."""

from collections.abc import Callable, Mapping, Sequence

import orjson
from graphql import GraphQLError

from schema.guard.guard import RefusedError
from service.ground.doors import OutcomeUnknown, Unreachable
from service.ground.problems import ErrorCode, Problem

Told = Mapping[str, object]
"""An error as a client reads it."""

LOST: Mapping[type[Exception], Told] = {
    Unreachable: {
        "message": "The database could not be reached. Nothing was done; send the request again.",
        "extensions": {"code": "UNAVAILABLE"},
    },
    OutcomeUnknown: {
        "message": "The database went away while this was being kept: it was done, or it was not. "
        "A request with @idempotent can simply be sent again.",
        "extensions": {"code": "UNKNOWN_OUTCOME"},
    },
}
"""What a client reads of a write whose database went away."""


def response(errors: Sequence[Told]) -> bytes:
    """Return the answer that consists of errors only."""
    return orjson.dumps({"errors": errors})


def refusal(error: GraphQLError) -> Told:
    """Return why a request was not executed."""
    shown = dict(error.formatted)
    code = "BAD_USER_INPUT" if error.original_error else "GRAPHQL_VALIDATION_FAILED"
    shown["extensions"] = {"code": code, **(error.extensions or {})}
    return shown


def bad_input(problem: Problem, *path: str) -> list[Told]:
    """Return the reasons of a problem that no payload can tell."""
    errors: list[Told] = []
    for refusal in problem.refusals():
        code = "FORBIDDEN" if refusal.code is ErrorCode.FORBIDDEN else "BAD_USER_INPUT"
        extensions = {"code": code, "argument": list(refusal.field)}
        errors.append(
            {"message": refusal.message, **({"path": list(path)} if path else {}), "extensions": extensions}
        )
    return errors


def masked(error: BaseException, name: str, report: Callable[[BaseException], str]) -> Told:
    """Report what nobody expected of a field, and return an error that says no more than where to find it."""
    return {
        "message": "Something went wrong here, not with the request.",
        "path": [name],
        "extensions": {"code": "INTERNAL", "traceId": report(error)},
    }


def refusals(refused: RefusedError | Problem) -> list[Told]:
    """Return the errors of a request that was refused, as clients read them."""
    if isinstance(refused, RefusedError):
        return [refusal(error) for error in refused.errors]
    return bad_input(refused)
