"""Second opinion on profiles/<generation>/base: prints each point where fhir.resources' models disagree, with the reason known.

Reasons stand in data/model-disagreements.yaml. Exit code 1 when one is unexplained or a reason explains nothing.

Usage: compare_models.py stu3|dstu2 MODELS   (MODELS: the folder fhir/resources/STU3 of release 8, or DSTU2 of release 6.5.0)
"""

from __future__ import annotations

import json
import sys
from fnmatch import fnmatchcase
from pathlib import Path

from definition_facts import Json, own_words
from model_facts import ModelElement, read_models

ROOT = Path(__file__).resolve().parents[2]
UNMODELLED = {"id", "extension", "modifierExtension"}
FROM_RESOURCE = {"meta", "implicitRules", "language"}
INHERITED = {"Resource": FROM_RESOURCE, "DomainResource": FROM_RESOURCE | {"text", "contained"}}


def disagreements(generation: str, models: Path) -> list[tuple[str, str]]:
    """Path and sentence for every point on which the models and our base types differ."""
    result = []
    for path in sorted((ROOT / "profiles" / generation / "base").glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["resourceType"] != "StructureDefinition" or content["id"][0].islower():
            continue
        found = read_models(models, content["id"])
        if found is None:
            result.append((content["id"], "the models do not have this type"))
            continue
        result += compare_type(own_elements(content), found, generation)
    return result


def own_elements(content: Json) -> dict[str, Json]:
    """Elements that the type states itself: not the inherited ones."""
    root = content["snapshot"]["element"][0]["path"]
    inherited = INHERITED.get(content.get("baseDefinition", content.get("base", "")).rsplit("/", 1)[-1], set())
    result = {}
    for element in content["snapshot"]["element"][1:]:
        parts = element["path"].removeprefix(root + ".").split(".")
        if parts[-1] in UNMODELLED or (len(parts) == 1 and parts[0] in inherited):
            continue
        result[element["path"].replace(root, content["id"], 1)] = element
    return result


def compare_type(ours: dict[str, Json], models: dict[str, ModelElement], generation: str) -> list[tuple[str, str]]:
    result = []
    recursive = {path for path, element in ours.items() if "contentReference" in element or "nameReference" in element}
    for path in sorted(ours.keys() | models.keys()):
        if path.rsplit(".", 1)[-1] in UNMODELLED or any(path.startswith(r + ".") for r in recursive):
            continue
        if path not in models:
            result.append((path, "the models lack this element"))
        elif path not in ours:
            result.append((path, "the models have an element more"))
        else:
            result += [(path, text) for text in compare_element(ours[path], models[path], generation)]
    return result


def compare_element(ours: Json, model: ModelElement, generation: str) -> list[str]:
    result = []
    if min(ours["min"], 1) != model.min:
        result.append(f"min: ours {ours['min']}, models {model.min}")
    if (ours["max"] == "*") != model.repeats:
        result.append(f"max: ours {ours['max']}, models {'list' if model.repeats else 'single'}")
    types = {one.get("code", "") for one in ours.get("type", [])}
    nested = bool({"BackboneElement", "Element"} & types) or "contentReference" in ours or "nameReference" in ours
    if nested != (model.nested is not None):
        result.append(f"type: ours {sorted(types)}, models {model.nested or sorted(model.types)}")
    elif not nested and types != model.types:
        result.append(f"type: only ours {sorted(types - model.types)}, only models {sorted(model.types - types)}")
    targets = targets_of(ours)
    if targets != model.targets:
        result.append(
            f"targets: only ours {sorted(targets - model.targets)}, only models {sorted(model.targets - targets)}"
        )
    return result + compare_codes(ours, model, generation)


def targets_of(element: Json) -> set[str]:
    found = set()
    for one in element.get("type", []):
        if one.get("code") == "Reference":
            stated = one.get("targetProfile") or one.get("profile") or "Resource"
            found |= {
                target.rsplit("/", 1)[1] if "/" in target else target
                for target in ([stated] if isinstance(stated, str) else stated)
            }
    return found


def compare_codes(ours: Json, model: ModelElement, generation: str) -> list[str]:
    if not model.codes or ours.get("binding", {}).get("strength") != "required":
        return []
    codes = codes_of(ours["binding"].get("valueSetReference", {}).get("reference", ""), generation)
    if codes is None or codes == model.codes:
        return []
    return [f"codes: only ours {sorted(codes - model.codes)}, only models {sorted(model.codes - codes)}"]


def codes_of(url: str, generation: str) -> set[str] | None:
    """Codes of a shipped value set that is one whole code system, else None."""
    base = ROOT / "profiles" / generation / "base"
    file = base / "valuesets" / f"{url.rsplit('/', 1)[-1]}.json"
    if not file.is_file():
        return None
    content = json.loads(file.read_text(encoding="utf-8"))
    if "codeSystem" in content and "compose" not in content:
        return flat(content["codeSystem"]["concept"])
    includes = content.get("compose", {}).get("include", [])
    if len(includes) != 1 or includes[0].keys() - {"system", "concept"}:
        return None
    if "concept" in includes[0]:
        return flat(includes[0]["concept"])
    for system in sorted((base / "codesystems").glob("*.json")):
        held = json.loads(system.read_text(encoding="utf-8"))
        if held["url"] == includes[0]["system"]:
            return flat(held["concept"])
    return None


def flat(concepts: list[Json]) -> set[str]:
    return {one["code"] for one in concepts} | {code for one in concepts for code in flat(one.get("concept", []))}


def explain(generation: str, models: Path) -> int:
    """Print every disagreement with its reason; 1 when one has none or a reason explains nothing."""
    reasons: list[Json] = own_words("model-disagreements.yaml")[generation] or []
    used, unexplained = set(), 0
    for path, sentence in disagreements(generation, models):
        line = f"{path}: {sentence}"
        reason = next((one for one in reasons if fnmatchcase(line, one["about"].replace("[", "[[]"))), None)
        if reason is None:
            unexplained += 1
        else:
            used.add(reason["about"])
        print(line, "|", reason["why"] if reason else "UNEXPLAINED")
    idle = [one["about"] for one in reasons if one["about"] not in used]
    print(f"{unexplained} unexplained; reasons that explain nothing: {', '.join(idle) or 'none'}")
    return 1 if unexplained or idle else 0


if __name__ == "__main__":
    sys.exit(explain(sys.argv[1], Path(sys.argv[2])))
