"""Cohorts: executions of like models, trained together as one TensorFlow program.

A search over small models spends most of its time outside of the arithmetic: `model.fit` starts
thousands of small operations from Python, once for every trial. A cohort starts them once for all
trials. It stacks the weights of its members along a new leading axis and maps Keras's training step
over that axis, so that 64 small networks take little longer than one does in `model.fit`.

From proposals to results:

1. `trainer` (`CohortTrainer`) pulls a batch of proposals from the search.
2. `preparing` builds the models of each proposal, which gives a `PreparedTrial` with one
   `PreparedExecution` for each training. It says why a trial cannot train in a cohort:
   `supported_layers` lists what can, `capacity` knows the memory, `cost_model` the time.
   Such trials go to the single trainer.
3. `model_fingerprint` takes from each model its structure, a text that is equal for models which
   differ only in weights and in `batched_scalars`. These are plain numbers such as a dropout rate,
   of which each member has its own. Trials of one structure form a group.
4. `widening` lets models join a group that differ in widths (units, filters) too. It finds the
   widest model of the search space. `layer_masks` is a table of rules: which elements of the
   widest model's weights a narrower model has, layer by layer. An `embedding` puts the narrow
   weights there; all others are zero, and their gradients are masked. Both models compute a few
   rows at the start; where they disagree the trial keeps its own width. `width_classes` sorts
   models of very unlike widths into several groups, where that saves more time than tracing takes.
5. `programs` splits a group into cohorts that fit into memory and finds the `program` for them. A
   program is built from four layers: `template` makes one member's training step a function of the
   member's state and of what else is its own (`varying`: scalars, masks, `noise`); `mapping` maps
   that over all members; `epoch` loops over batches and validates; `program` traces and runs the
   graphs, one stack of members in each thread (`stack_layout`). `compiling` decides whether XLA is
   used.
6. `cohort` trains epoch by epoch. After each epoch a `snapshot` of the state lets every `member`
   look at its own weights, in the shapes of its own model, and logs. A member stands in for a Keras
   model before the EpochMonitor, so pruning, early stopping, checkpoints and saving work as in the
   single trainer.
7. `trainer` yields each trial when its last execution has ended.

`fusion_plan` answers before the search which hyperparameters keep trials from training together.
"""
