"""The pure functions by the names of the vectors: JSON in, plain values to the package, JSON out."""

from __future__ import annotations

from typing import Any, Callable

from ams_rest import addresses, blob_address, blocks, challenge, jwt, odata, odata_error, retry, sas, shared_key
from ams_rest import token_endpoint, upload
from ams_rest.token_endpoint import Authority, Client
from ams_rest.wire import NetworkError, Response

Input = dict[str, Any]


def retry_decision(given: Input) -> dict[str, Any]:
    outcome = given["outcome"]
    if "networkError" in outcome:
        happened: retry.Outcome = NetworkError("", outcome["networkError"]["maybeSent"])
    else:
        happened = Response(outcome["status"], outcome["headers"], outcome["body"].encode("utf-8"))
    repeatable = given.get("repeatable", given["method"] != "POST")
    decision = retry.decide(happened, repeatable, given["retries"], given["remainingMs"], given["random"], 0)
    if decision.delay_ms is None:
        return {"stop": True, "outcomeUnknown": decision.outcome_unknown}
    return {"delayMs": decision.delay_ms}


def redirect_decision(given: Input) -> dict[str, Any]:
    root, status, location = given["root"], given["status"], given["location"]
    return {"root": addresses.redirect_decision(root, status, location, given["allowedOrigins"])}


def parse_challenges(given: Input) -> list[dict[str, Any]]:
    found = []
    for one in challenge.parse_challenges(given["header"]):
        as_json: dict[str, Any] = {"scheme": one.scheme, "params": one.params}
        found.append(as_json if one.token68 is None else {**as_json, "token68": one.token68})
    return found


def assertion_header(given: Input) -> dict[str, Any]:
    certificate = given["certificate"]
    return jwt.assertion_header(
        jwt.Certificate(
            bytes.fromhex(certificate["sha256"]),
            bytes.fromhex(certificate["sha1"]),
            [bytes.fromhex(der) for der in certificate["chain"]],
        ),
        given.get("algorithm", "PS256"),
        given.get("thumbprint", "x5t#S256"),
        given.get("sendCertificateChain", False),
    )


def parse_error(given: Input) -> dict[str, str] | None:
    error = odata_error.parse_error(given["body"])
    return None if error is None else error._asdict()


def token_request(given: Input) -> dict[str, str]:
    authority = given["authority"]
    request = token_endpoint.token_request(
        Authority(
            authority["tenantId"],
            authority.get("authorityHost", token_endpoint.PUBLIC_CLOUD),
            authority.get("endpointVersion", "v2"),
        ),
        Client(
            given["clientId"],
            given.get("clientSecret", ""),
            given.get("clientAssertion"),
            given.get("basic", False),
        ),
        given["scope"],
        given.get("claims"),
    )
    as_json = {"url": request.url, "form": (request.body or b"").decode("ascii")}
    authorization = request.headers.get("Authorization")
    return as_json if authorization is None else {**as_json, "authorization": authorization}


def token_answer(given: Input) -> dict[str, Any]:
    resource, headers = given.get("resource"), given.get("headers")
    token = token_endpoint.token_answer(given["status"], given["body"], given["sentAt"], resource, headers)
    return {"token": token.value, "expiresOnTimestamp": token.expires_on}


def block_plan(given: Input) -> dict[str, int]:
    plan = blocks.block_plan(given["size"], given["version"], given.get("blockBytes", blocks.DEFAULT_BLOCK_BYTES))
    return {"blockBytes": plan.block_bytes, "count": plan.count}


PURE_FUNCTIONS: dict[str, Callable[[Input], Any]] = {
    "token-request": token_request,
    "token-answer": token_answer,
    "basic-authentication": lambda given: token_endpoint.basic_authorization(
        Client(given["clientId"], given["clientSecret"])
    ),
    "describe-token": lambda given: jwt.describe_token(given["token"]),
    "assertion-header": assertion_header,
    "assertion-claims": lambda given: jwt.assertion_claims(
        given["clientId"], given["audience"], given["now"], given["jwtId"]
    ),
    "signing-input": lambda given: jwt.signing_input(given["header"], given["claims"]),
    "entity-path": lambda given: odata.entity_path(given["set"], given["key"], given.get("rest", [])),
    "encode-query": lambda given: odata.encode_query(given["query"]),
    "odata-string": lambda given: odata.odata_string(given["text"]),
    "unwrap": lambda given: odata.unwrap(given["body"]),
    "odata-date": lambda given: odata.odata_date(given["value"]),
    "parse-error": parse_error,
    "may-send-token": lambda given: addresses.may_send_token(given["url"], given["allowedOrigins"]),
    "retry-after": lambda given: retry.retry_after(given["headers"], given["now"]),
    "retry-decision": retry_decision,
    "redirect-decision": redirect_decision,
    "parse-challenges": parse_challenges,
    "claims-challenge": lambda given: challenge.claims_challenge(given["header"]),
    "blob-url": lambda given: blob_address.blob_url(given["containerUrl"], given["blobName"]),
    "effective-version": lambda given: blob_address.effective_version(given["url"], given["sentVersion"]),
    "block-plan": block_plan,
    "block-list": lambda given: blocks.block_list(given["ids"]),
    "storage-error": lambda given: upload.storage_error(given["headers"], given["body"])._asdict(),
    "canonicalized-headers": lambda given: shared_key.canonicalized_headers(given["headers"]),
    "canonicalized-resource": lambda given: shared_key.canonicalized_resource(given["account"], given["url"]),
    "string-to-sign": lambda given: shared_key.string_to_sign(
        given["account"], given["method"], given["url"], given["headers"]
    ),
    "shared-key-authorization": lambda given: shared_key.shared_key_authorization(
        given["account"], given["key"], given["method"], given["url"], given["headers"]
    ),
    "sas-resource": lambda given: sas.sas_resource(
        given["version"], given["account"], given["container"], given.get("blob")
    ),
    "service-sas-string": lambda given: sas.service_sas_string(given["fields"]),
    "user-delegation-sas-string": lambda given: sas.user_delegation_sas_string(given["fields"]),
    "account-sas-string": lambda given: sas.account_sas_string(given["fields"]),
    "sas-signature": lambda given: shared_key.hmac_sha256(given["key"], given["text"]),
    "service-sas": lambda given: sas.service_sas(
        given["account"], given["key"], given["container"], given["options"], given.get("blob")
    ),
    "account-sas": lambda given: sas.account_sas(given["account"], given["key"], given["options"]),
}
