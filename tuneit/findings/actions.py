"""The catalogue of actions: what can be done about a model. Recommendations are taken from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["dropout", "l2", "width", "depth", "learning_rate", "epochs", "batch_size"]
"""What a hyperparameter does, whatever its name."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do, in words and as a rule.

    `text` names the action and `why` is its general reason. `code` is what to write where the study
    has no hyperparameter for it; `refuted_by` says what would show that the advice was wrong.
    `kinds` are the hyperparameters that apply the action, the first match wins, and `direction` is
    +1 to raise them or -1 to lower them. `cost` counts what it takes: 1 for a line and a run, 2 for
    several runs, 4 for people's work. Actions in `conflicts` are never recommended beside it.
    """

    text: str
    why: str
    code: str
    refuted_by: str
    kinds: tuple[Kind, ...] = ()
    direction: Literal[-1, 1] = 1
    cost: float = 1.0
    conflicts: frozenset[str] = frozenset()


ACTIONS: Mapping[str, Action] = {
    "more_capacity": Action(
        "more capacity: a wider or deeper network",
        "a model with more units or layers can fit what this one misses",
        "keras.layers.Dense(2 * units, activation='relu')  # or one more hidden layer",
        "training error stays where it is with twice the units and with one more layer",
        ("width", "depth"),
        conflicts=frozenset({"l2", "dropout", "smaller_network", "stop"}),
    ),
    "smaller_network": Action(
        "smaller network",
        "fewer parameters leave less room for memorising single rows",
        "keras.layers.Dense(units // 2, activation='relu')  # or one hidden layer less",
        "training error rises and validation error does not fall at half the size",
        ("width", "depth"),
        -1,
        cost=1.5,
        conflicts=frozenset({"more_capacity"}),
    ),
    "dropout": Action(
        "dropout (0.3 first, up to 0.5)",
        "units that are dropped at random cannot rely on one another to memorise rows",
        "keras.layers.Dropout(0.3)  # after the widest hidden layers",
        "validation's best value is no better at 0.3 than without, over two seeds",
        ("dropout",),
        conflicts=frozenset({"less_regularisation", "more_capacity"}),
    ),
    "l2": Action(
        "L2 regularisation (weight decay)",
        "small weights make a smoother function",
        "kernel_regularizer=keras.regularizers.L2(1e-4)  # in the hidden layers",
        "validation's best value is no better at 1e-4 and 1e-3 than without",
        ("l2",),
        conflicts=frozenset({"less_regularisation", "more_capacity"}),
    ),
    "less_regularisation": Action(
        "less regularisation: lower dropout or L2",
        "dropout and L2 hold back a model that does not fit its training data yet",
        "keras.layers.Dropout(0.0)  # and no kernel_regularizer, for a trial",
        "training error does not fall without dropout and L2",
        ("dropout", "l2"),
        -1,
        conflicts=frozenset({"l2", "dropout", "smaller_network"}),
    ),
    "early_stopping": Action(
        "early stopping, with the best weights restored",
        "the best model of this run was there before its end",
        "keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)",
        "the restored model is no better on the test split than the last one",
        conflicts=frozenset({"more_epochs"}),
    ),
    "augmentation": Action(
        "data augmentation",
        "varied copies of the training rows (images, sound, text) are new to the model each epoch",
        "keras.Sequential([keras.layers.RandomFlip(), keras.layers.RandomRotation(0.1)])",
        "the gap does not shrink, or training error rises as much as the gap falls",
        cost=1.5,
    ),
    "transfer_learning": Action(
        "transfer learning: a pretrained base, and a head of your own",
        "a base that was trained on many pictures brings features that few rows cannot teach",
        "base = keras.applications.MobileNetV3Small(include_top=False, pooling='avg'); "
        "base.trainable = False  # train the head, then unfreeze; or model: tuneit:transfer",
        "the frozen base with a new head is no better on validation than this network",
        cost=2.0,
    ),
    "more_data": Action(
        "more data",
        "a model that memorises its rows needs more of them; one run on half of the rows shows in "
        "advance what doubling them would gain",
        "train once on x_train[::2]: where that costs little, doubling the data will bring little",
        "validation error on half of the training rows is hardly higher than on all of them",
        cost=4.0,
        conflicts=frozenset({"check_labels", "stop"}),
    ),
    "lower_learning_rate": Action(
        "lower learning rate (a third to a tenth)",
        "steps that overshoot make the loss swing, rise or overflow",
        "keras.optimizers.Adam(learning_rate=1e-4, clipnorm=1.0)",
        "the loss swings as much at a tenth of the learning rate",
        ("learning_rate",),
        -1,
        conflicts=frozenset({"learning_rate_sweep", "raise_learning_rate"}),
    ),
    "raise_learning_rate": Action(
        "raise learning rate (3 to 10 times)",
        "larger steps get as far in fewer epochs",
        "keras.optimizers.Adam(learning_rate=3e-3)",
        "the loss falls no faster, or swings, at three times the learning rate",
        ("learning_rate",),
        conflicts=frozenset({"learning_rate_sweep", "lower_learning_rate"}),
    ),
    "learning_rate_sweep": Action(
        "learning rate sweep: a few batches each at 1e-5 to 1e-1",
        "a rate too small and one too large both look like no learning at all",
        "for rate in (1e-5, 1e-4, 1e-3, 1e-2, 1e-1): ...  # a few hundred steps each",
        "the loss falls at none of the rates: then labels, inputs or the loss are at fault",
        ("learning_rate",),
        cost=1.5,
        conflicts=frozenset({"lower_learning_rate", "raise_learning_rate"}),
    ),
    "schedule": Action(
        "learning rate schedule: lower it when progress stops",
        "small steps at the end reach a minimum that large steps jump over",
        "keras.callbacks.ReduceLROnPlateau(factor=0.3, patience=5)",
        "the loss stays on its plateau after two reductions",
    ),
    "more_epochs": Action(
        "more epochs",
        "validation was still improving when training ended",
        "model.fit(..., epochs=2 * epochs)",
        "validation stops improving within the next tenth of the epochs",
        ("epochs",),
        cost=1.2,
        conflicts=frozenset({"early_stopping", "stop"}),
    ),
    "larger_batch_size": Action(
        "larger batch size",
        "means over more rows swing less",
        "model.fit(..., batch_size=64)",
        "training loss swings as much at twice the batch size",
        ("batch_size",),
    ),
    "smaller_batch_size": Action(
        "smaller batch size: half the rows where the memory is exceeded",
        "the memory of a training step grows with the rows of its batch",
        "parameters: {batch_size: {values: [16, 32]}}  # or model.fit(..., batch_size=16)",
        "trials exceed the memory with half the batch, too: then the network is too large",
        conflicts=frozenset({"larger_batch_size"}),
    ),
    "batch_normalisation": Action(
        "batch normalisation, and inputs scaled to unit variance",
        "layers whose inputs keep one scale let gradients through",
        "keras.layers.BatchNormalization()  # between Dense/Conv and the activation",
        "the loss of the first epochs is the same with scaled inputs",
        cost=1.5,
    ),
    "gradient_clipping": Action(
        "gradient clipping",
        "one bad batch cannot move the weights far",
        "keras.optimizers.Adam(learning_rate=..., clipnorm=1.0)",
        "the loss still jumps with clipnorm=1.0",
    ),
    "pruning": Action(
        "magnitude pruning: the smallest weights become zero",
        "a trained network has many weights that it hardly needs; zeros compress to a small file",
        "MagnitudePruning(share=0.75, epochs=10)  # of tuneit.training.fitting.magnitude_pruning, "
        "a callback; or tuneit treat STUDY --actions pruning",
        "the score falls by more than is worth naming, over the pairs of `tuneit treat`",
    ),
    "distillation": Action(
        "distillation into a network of half the width",
        "the softened probabilities of a larger network teach a small one more than labels do",
        "tuneit treat STUDY --actions distillation,smaller_network  # with a teacher, and without",
        "the score falls by more than is worth naming, over the pairs of `tuneit treat`",
        cost=1.5,
        conflicts=frozenset({"more_capacity"}),
    ),
    "check_labels": Action(
        "check labels, loss and output activation",
        "a model that cannot learn even a handful of rows by heart is wired wrongly, and neither "
        "data nor capacity will help",
        "model.fit(x[:32], y[:32], epochs=200)  # must reach a loss near zero",
        "the model learns 32 rows by heart",
        cost=1.0,
        conflicts=frozenset({"more_capacity", "more_data"}),
    ),
    "match_output_and_loss": Action(
        "match output layer, loss and targets",
        "a loss that does not match output and targets trains the model for another task",
        "Dense(1) and mse; Dense(1, 'sigmoid') and binary_crossentropy; Dense(classes, 'softmax') "
        "and sparse_categorical_crossentropy",
        "the loss of 32 rows still does not come near zero in 200 epochs",
    ),
    "mend_the_layers": Action(
        "mend the layers",
        "the layers, as they are connected, cannot compute the answer",
        "model.summary()  # look at the output shape of each layer",
        "the loss of 32 rows still does not come near zero in 200 epochs",
    ),
    "missing_activation": Action(
        "add the missing activation",
        "layers without an activation between them compute one linear layer",
        "keras.layers.Dense(units, activation='relu')  # in the hidden layers",
        "training error stays where it is with an activation in each hidden layer",
    ),
    "mend_the_data": Action(
        "mend the data: inputs and targets",
        "no model can learn the task from these rows",
        "print(x.shape, y.shape, np.isfinite(x).all(), np.unique(y)[:10])",
        "validation error on the mended rows is no better than a constant's",
    ),
    "metric_of_the_task": Action(
        "a metric of the task",
        "a metric of another task says nothing about how good the model is",
        "model.compile(..., metrics=[...])  # mae; of classes accuracy, of labels binary_accuracy",
        "the new metric does not change with the loss",
    ),
    "class_weights": Action(
        "class weights or another decision threshold",
        "accuracy near the largest class's share hides that the others are never predicted",
        "data: {class_weight: balanced}  # or model.fit(..., class_weight={0: 1.0, 1: n0 / n1})",
        "recall of the rare classes stays the same with class weights",
    ),
    "larger_validation_set": Action(
        "larger validation set, or cross-validation",
        "a difference between two epochs or trials counts only beyond the set's own noise",
        "data: {split: {validation: 0.3}}  # or repeat over folds and compare the means",
        "swings stay the same with twice the validation rows",
        cost=2.0,
    ),
    "fix_the_split": Action(
        "fix the split: shuffle, stratify, remove duplicates across splits",
        "validation rows unlike the training rows, or copies of them, measure something else",
        "sklearn.model_selection.train_test_split(x, y, stratify=y, shuffle=True)",
        "a classifier cannot tell training rows from validation rows (AUC near 0.5)",
        cost=2.0,
    ),
    "mend_failing_trials": Action(
        "mend failing trials",
        "a failed trial takes time and tells nothing",
        "tuneit trials STUDY  # lists their errors; in Python result.trials_dataframe()",
        "the same configurations fail again",
    ),
    "remove_the_bias": Action(
        "remove the bias of the predictions",
        "predictions that are too low or too high on average lose more than they need to",
        "y = model.predict(x) + (y_validation - model.predict(x_validation)).mean(axis=0)"
        "  # or train with mse, whose best answer is the mean; that of mae is the median",
        "the mean residual on new rows is as large after the correction",
    ),
    "stop": Action(
        "stop: the model is as good as asked for",
        "what is left is noise or beyond the target",
        "evaluate once on the test split, and deploy",
        "the test split's score is clearly worse than validation's",
        conflicts=frozenset(
            {"l2", "dropout", "more_capacity", "more_data", "more_epochs", "raise_learning_rate"}
        ),
    ),
    "deploy": Action(
        "stop: the model is as good as asked for",
        "what is left is noise or beyond the target",
        "deploy the best model: the evaluation on the test split has been made",
        "its score on rows that come in later is clearly worse than on the test split",
        conflicts=frozenset(
            {"l2", "dropout", "more_capacity", "more_data", "more_epochs", "raise_learning_rate"}
        ),
    ),
    "widen_range": Action(
        "widen the range of {parameter}",
        "the best trials lie at the end of the range: better values may lie beyond it",
        "parameters: {name: {max: 1.0}}  # the line of study.yaml that gives the range",
        "the best trials of the wider range lie inside the old one",
    ),
}
"""By key. `{parameter}` in a text stands for the name of the study's hyperparameter."""


def opposed(one: str, other: str) -> bool:
    """Tell whether the actions of two keys may not be recommended side by side."""
    return other in ACTIONS[one].conflicts or one in ACTIONS[other].conflicts
