"""A task in six files: how many vowels has a text? Read recipe, network, export, training, engine, report."""

from seqtool.tasks import Task

VOWELS = Task(
    "vowels",
    engines={"vowels": "vowels.engine:VowelCounter"},
    recipe="vowels.recipe:VowelsRecipe",
    training="vowels.training:VowelsTraining",
    report="vowels.report:report",
)
