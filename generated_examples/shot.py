"""Objects: methods that write to their object; its gradient is an object of the same class."""
from dataclasses import dataclass

import numpy as np


@dataclass
class Body:
    pos: np.ndarray
    vel: np.ndarray
    mass: float

    def kick(self, force, dt):
        self.vel += force / self.mass * dt

    def drift(self, dt):
        self.pos += self.vel * dt


def shot(body, force, dt, n):
    for _ in range(n):
        body.kick(force, dt)
        body.drift(dt)
    return np.sum(body.pos ** 2)


# $ tangent2 show generated_examples/shot.py:shot --wrt body,force --at "body=Body(np.ones(3), np.ones(3), 2.0), force=np.ones(3), dt=0.1, n=4"


def grad_shot(body, force, dt, n):
    mass = body.mass
    body_vel = body.vel.copy()
    body_pos = body.pos.copy()
    for _ in range(n):
        body_vel += force / mass * dt
        body_pos += body_vel * dt
    # Backward pass
    body_pos_bar = 2.0 * body_pos
    body_vel_bar = np.zeros_like(body_vel)
    force_bar = np.zeros_like(force)
    mass_bar = 0.0
    for _ in range(n):
        body_vel_bar += body_pos_bar * dt
        t = body_vel_bar * dt
        force_bar += t / mass
        mass_bar -= np.sum(t * force / mass ** 2)
    body_bar = Body(body_pos_bar, body_vel_bar, mass_bar)
    return body_bar, force_bar
