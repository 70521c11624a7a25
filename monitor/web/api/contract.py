"""The description of the API, OpenAPI 3.1, written from the declarations that serve it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from monitor.web.api.frame import Operation
from monitor.web.problems import MEDIA_TYPE

_AT = "#/components/schemas/"
_SAID = {
    400: "A parameter is wrong; `parameter` names it.",
    401: "No token, or one that opens nothing.",
    403: "The role of the token does not reach, or the request came from another site's page.",
    404: "There is no such thing.",
    409: "Somebody changed it since you read it; read it again.",
    413: "The body is larger than 64 KB.",
    415: "The body is not declared as application/json.",
    422: "A field of the body is wrong; `parameter` names it.",
}
_PATHS = {
    "id": {"type": "integer", "minimum": 1},
    "day": {"type": "string", "format": "date"},
}
_PROBLEM = {
    "type": "object",
    "description": "Why a request was refused (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence."},
        "parameter": {"type": "string", "description": "The parameter or field that is wrong."},
    },
}


def description(operations: Iterable[Operation], version: str) -> dict[str, Any]:
    """Return the whole description as JSON can hold it."""
    held = list(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in held:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Torkham",
            "version": version,
            "description": "What the review desk knows, and the decisions made there, for "
            "programs. A token of /settings/tokens opens what its person may do.",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of /settings/tokens: trk_ and 43 letters. A desk "
                    "without accounts answers its own machine without one.",
                }
            },
            "schemas": _schemas(held),
        },
    }


def _schemas(operations: Iterable[Operation]) -> dict[str, Any]:
    wanted: list[tuple[type[BaseModel], Any]] = []
    for operation in operations:
        wanted.append((operation.answers, "serialization"))
        if operation.sends:
            wanted.append((operation.sends, "validation"))
    _, schema = models_json_schema(list(dict.fromkeys(wanted)), ref_template=_AT + "{model}")
    return {"Problem": _PROBLEM, **schema["$defs"]}


def _operation(operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"For people of the role {operation.role} and above.",
        "parameters": [*_in_path(operation.path), *_in_query(operation)],
        "responses": {
            "200": {
                "description": operation.summary,
                "content": {"application/json": {"schema": _named(operation.answers)}},
            },
            **{str(status): _refusal(status) for status in refusals(operation)},
        },
    }
    if operation.sends:
        content = {"application/json": {"schema": _named(operation.sends)}}
        told["requestBody"] = {"required": True, "content": content}
    return told


def refusals(operation: Operation) -> tuple[int, ...]:
    """Return the statuses by which an operation may refuse."""
    sent = (413, 415, 422) if operation.sends else ()
    return tuple(sorted({400, 401, 403, *sent, *operation.refusals}))


def _refusal(status: int) -> dict[str, Any]:
    schema = {"$ref": f"{_AT}Problem"}
    return {"description": _SAID[status], "content": {MEDIA_TYPE: {"schema": schema}}}


def _named(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"{_AT}{model.__name__}"}


def _in_path(path: str) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [
        {"name": name, "in": "path", "required": True, "schema": _PATHS[name]} for name in names
    ]


def _in_query(operation: Operation) -> list[dict[str, Any]]:
    schema = operation.asks.model_json_schema()
    required = schema.get("required", [])
    return [
        _parameter(name, facts, required=name in required)
        for name, facts in schema.get("properties", {}).items()
    ]


def _parameter(name: str, facts: Mapping[str, Any], *, required: bool) -> dict[str, Any]:
    shape = {key: value for key, value in facts.items() if key not in {"title", "description"}}
    # Leaving a parameter out is how to say nothing: null cannot be written in an address.
    kinds = [kind for kind in shape.pop("anyOf", []) if kind != {"type": "null"}]
    if shape.get("default", ...) is None:
        del shape["default"]
    if len(kinds) == 1:
        shape |= kinds[0]
    elif kinds:
        shape["anyOf"] = kinds
    told = {"name": name, "in": "query", "required": required, "schema": shape}
    return told | ({"description": facts["description"]} if "description" in facts else {})
