"""Which statements there are, and how often each is chosen."""
from __future__ import annotations

from tests.generator import (
    attempts,
    calls,
    comprehensions,
    containers,
    control,
    idioms,
    inner,
    joins,
    kept,
    memory,
    objects,
    writers,
    yields,
)
from tests.generator import statements as st

control.FORMS |= {
    idioms.worklist: 0.4, idioms.convergence: 0.25, idioms.recurrence: 0.5, idioms.history: 0.5, idioms.table: 0.2,
    idioms.joint_array: 0.4, idioms.whole_number_start: 0.15,
    idioms.double_buffer: 0.3, idioms.bound_on_one_path: 0.4, idioms.nested_targets: 0.25,
    idioms.known_after_the_loop: 0.3, joins.joined: 0.5,
    st.scalar_assignment: 5.0, st.scalar_update: 4.0, st.array_assignment: 3.0, st.owned_array: 2.0,
    st.array_update: 4.0, st.rebind_owned: 0.7, st.matrix_assignment: 0.5, st.unpacking: 1.0, st.chained: 0.4,
    st.counter: 0.7, st.new_stack: 0.6, st.use_stack: 2.5, st.set_element: 0.3, st.comprehension: 0.4,
    memory.bind_view: 1.5, memory.bind_alias: 1.2, memory.new_buffer: 0.5, memory.update_matrix: 0.7,
    memory.rows_of: 0.4, memory.list_of_arrays: 0.6, memory.update_rows: 0.8, memory.write_argument: 0.4,
    writers.call_writer: 1.5, writers.rebind_rows: 4.0,
    calls.closure: 0.6, calls.call: 1.6, control.branch: 2.5, control.for_loop: 2.2, control.while_loop: 0.9,
    inner.new_counter: 0.2, inner.use_counter: 2.0,
    containers.new_dict: 0.25, containers.grouped: 0.15, containers.use_dict: 2.5,
    comprehensions.comprehension: 0.6,
    objects.new_object: 0.8, objects.use_object: 3.0,
    kept.kept_functions: 0.5, yields.inner_generator: 0.1, yields.consume: 1.2,
    attempts.attempt: 0.5, attempts.scan: 0.2, attempts.managed: 0.3,
}
control.NOT_TRIED |= {
    calls.call, writers.call_writer, writers.rebind_rows, inner.use_counter, objects.new_object, objects.use_object,
    attempts.managed,
}
control.RICH |= {
    inner.new_counter, inner.use_counter, containers.new_dict, containers.grouped, containers.use_dict,
    comprehensions.comprehension, kept.kept_functions, objects.new_object,
    objects.use_object, yields.inner_generator, yields.consume,
    attempts.attempt, attempts.scan, attempts.managed,
}
