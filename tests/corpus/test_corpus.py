"""Each program of the corpus in every mode and nesting; and under all switches, which must not change a number."""
from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2.errors import TangentError
from tangent2.switches import switched
from tests.corpus import (  # noqa: F401
    arrays, attempted, broadcast, chosen, chosen_attributes, class_defaults, class_programs, classes,
    classes_inside, collected, complexes, control, dispatched, elements_rebound, evaluated_once, exceptions,
    exchanged, found, functional, functions, generic_classes, grouped, handled, held, identity, in_turn, inner,
    inner_pullbacks, iteration, iterators, joined, kept_functions, keys, late_binding, layers, library, linked,
    lists, lists_handed, masked, memory, memory_calls, memory_chosen, memory_containers, memory_filled,
    memory_given, memory_mixed, memory_recursion, memory_replaced, memory_tables, memory_together, memory_traps,
    memory_ufuncs, memory_views, methods_chained, methods_handed, modules, moments, named_alike, nested_kinds,
    objects_asked, objects_handed, objects_shared, open_dtypes, parted, polymorphic, ranks_mixed, recurrences,
    ruled, science, science_solvers, sharing, special_methods, stacks, starred_calls, syntax, trees_walked,
    vectorized,
)
from tests.corpus.cases import CASES, Case
from tests.harness import modes, trees
from tests.harness.texts import unknown_names

SWITCHES = [dict(zip(("generic", "optimise", "save_all"), on))
            for on in itertools.product((False, True), (True, False), (False, True))]
WATCHED = [dict(generic=False, optimise=on, save_all=False, watched=True) for on in (True, False)]

GENERIC_REFUSED = {
    "given_in_a_dict", "grown_in_a_list", "attributes_written", "grown_by_another_name",    # of unknown attributes
    "array_with_a_name", "part_with_a_name", "early_return_in_a_method",     # arrays may be shared
    "trained", "arm", "solved", "matched_classes", "grown_by_each_other", "grown_until",
    "array_written_while_an_expression_runs", "made_in_an_attempt", "raised_with_the_value",
    "summed_by_computed_keys", "counted_by_computed_keys", "chosen_where_it_is_tried", "layers_that_remember",
    "layers_given_by_a_star",
    "slice_that_is_attempted",
    "containers_changed_where_nothing_is_raised", "scalar_beside_an_object",
    "given_an_attribute_that_changes", "hidden_after_an_update",        # whether they are changed in place is open
    "list_stored_to",                   # elements of which nothing is known may share memory
    "returns_and_continues",        # called by another function, it may change the argument of that in place
    "flat_view_of_what_a_loop_made", "flat_view_of_what_a_loop_made_on_one_path",
    "nonlocal2", "keyed_aug",       # `+=` of what may be an array
    "state_of_a_function_inside", "two_states_of_one_maker",
    "norms_of_zeros", "eig", "eigv", "svd", "grids", "numer", "misc", "linmeth",    # the number of axes decides
    "at_sub", "realw", "realr", "zero_d", "part_without_axes", "part_without_axes_written", "without_axes_aliased",
    "bto", "split", "split3", "atl", "asarr", "forlist", "ravel1", "getwrite", "element_squared",
    "ga1", "element_added_to", "ordered", "nl_chain", "element_after_update",
    "writes_to_a_variable", "copied_on_trial", "manager_left_by_a_return",
    "orders_of_complex_lengths", "regression_on_a_part", "turned_onto_another",
    "finally_inside_that_writes",
    "dicts_in_dicts", "list_beside_a_number", "dicts_in_a_list", "parts_of_all_kinds", "leaves_in_a_row",
    "dicts_mapped_in_pairs", "every_leaf_scaled", "tuple_of_several_kinds",      # views of dicts
    "conjugate_of_real", "conjugate_of_complex",
    "average_of_a_loop", "nested_first_values", "first_value_and_break",     # objects of which nothing is known
    "attributes_set_where_it_is_tried",       # `*=` of elements of which nothing is known
    "objects_changed_in_a_loop_over_them", "objects_in_a_dict_changed_in_a_loop_over_it", "descended_by_keys",
    "handed_to_a_function", "moving_average", "updates_by_what_changes_the_same_object",
    "dict_of_a_dict", "dict_of_pairs", "dict_of_an_argument",       # what may be arrays
    "number_added_to_an_array_in_a_dict", "number_becomes_an_array_in_a_dict",
    "views_in_a_loop", "swapped_halves", "parts_of_complex",        # whose memory is written to depends on their values
    "saved_on_one_path_and_handed_on", "grid", "remembered", "removed_by_a_tuple",
    "saved_on_one_path_and_written_to", "called_by_names", "functions_that_write_in_turn",
    "names_of_methods_of_containers",
    "adjoint_of_a_name_bound_in_a_loop", "complex_eigenvectors", "named_results",
    "calls_of_what_methods_give", "added_by_a_name", "method_handed_on",
    "called_once_more_for_the_first", "running_sums", "sums_in_a_list", "clipped_by_a_condition",
    "residual_in_a_list", "element_read_before_it_is_written", "item_of_a_dict_read_before",
    "key_asked_for_after_a_chain", "chain_that_ends_otherwise",
    "one_method_of_two_classes_with_attributes_in_another_order", "lifted_to_the_class_that_is_given",
    "given_by_a_method_that_returns_its_object", "each_in_a_list", "generic_objects_chained",      # methods change them
    "element_times_a_sum_that_writes", "element_of_a_list_read_before", "element_read_before_a_view_is_written",
}
SHARING = tuple([module.__name__ for module in (
    chosen_attributes, elements_rebound, held, identity, lists_handed, memory, memory_chosen, memory_containers,
    memory_filled, memory_given, memory_recursion, memory_replaced, memory_together, memory_traps, moments,
    objects_handed, objects_shared, ranks_mixed, sharing)])


METHODS_OF_TUPLES = {"Pair_total"}       # a name for the function behind `Pair.total`


@pytest.mark.parametrize("k", range(len(CASES)), ids=lambda k: repr(CASES[k]))
def test_program(k: int, request: pytest.FixtureRequest) -> None:
    """One test, for the derivatives that all its parts ask for are compiled once."""
    case = CASES[k]
    s = modes.subject(tangent2, case.function, case.args, case.wrt)
    modes.check_subject(s)
    text = tangent2.source(tangent2.grad(s.function, s.wrt), *s.at(s.x))
    assert unknown_names(text, case.function) <= METHODS_OF_TUPLES
    wanted = trees.leaves(derivatives(s))
    # one of the seven combinations, another for each program, and some watched; all with `--all-switches`
    every = request.config.getoption("--all-switches")
    for j in range(7) if every else (k % 7,):
        agrees(case, s, wanted, SWITCHES[1 + j])
    for watched in WATCHED if every else WATCHED[k % 10:k % 10 + 1]:
        agrees(case, s, wanted, watched)


def derivatives(s: modes.Subject) -> list[Any]:
    """First and second derivatives of a program."""
    first = [tangent2.grad(s.function, s.wrt)(*s.at(s.x)), tangent2.jvp(s.entry, s.x, s.d)]
    positions = tuple(range(len(s.wrt)))
    _, pullback = tangent2.vjp(tangent2.grad(s.entry, positions), *s.x)
    return [*first, pullback(s.e), tangent2.jvp(tangent2.grad(s.entry, positions), s.x, s.d)]


def agrees(case: Case, s: modes.Subject, wanted: list[Any], switches: dict[str, bool]) -> None:
    """Switches change no number; what must be known may be refused where nothing is."""
    with switched(**switches):
        if switches["generic"] and case.function.__module__ in SHARING:
            try:
                got = trees.leaves(derivatives(s))
            except TangentError:        # what is written to must be known
                return
        elif switches["generic"] and case.function.__name__ in GENERIC_REFUSED:
            with pytest.raises(TangentError):
                derivatives(s)
            return
        else:
            got = trees.leaves(derivatives(s))
    assert len(got) == len(wanted), switches
    for a, b in zip(got, wanted):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10, err_msg=str(switches))
