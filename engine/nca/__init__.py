"""The fused cell step of grid neural cellular automata, for worlds and training; torch on CUDA.

States are cell-major, (B, H, W, C) float32 numpy arrays (torch tensors of the same layout in
`rollout`).

>>> from engine.nca.rule import GROWING, Rule, Weights  # no torch, no numba
>>> from engine.nca.stepper import make_stepper  # numba, no torch on the CPU
>>> from engine.nca.train import Overflow, Rollout, Settings, rollout
>>> weights = Weights.initial(GROWING, np.random.default_rng(0))
>>> stepper = make_stepper(GROWING, weights, "cpu")
>>> stepper.step(state, 10, seed=7, step0=0, fire_rate=0.5, poll=poll)  # in place
>>> last = rollout(GROWING, tensors, x0, 64, Settings(seed=7), poll=poll)  # differentiable, torch
>>> made = Rollout(GROWING, weights, x0, 64, Settings(seed=7), poll)
>>> made.states, made.backward(gradient)

Modules: `rule` (what a cell is, its weights), `fire` (the update mask as a hash of seed, step and
cell), `stepper` (the front), `fused` (forward on the CPU), `train` (rollouts and gradients),
`autograd` (both as torch functions), `reference` (plain torch: oracle, baseline, CUDA), `kernels`,
`adjoint` (numba), `tile`, `stencil`, `lines`, `vector_ir` (their inner loops), `packed` (what the
kernels take). Time, memory and limits: `engine/bench`.
"""
