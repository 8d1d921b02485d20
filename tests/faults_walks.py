"""Bad inputs: ready distances and gates."""

from __future__ import annotations

from faults import Office, fault

HEAD = "facility_id,zone_id,distance_m\n"
GATES = "zone_id,lon,lat\n"


@fault("walks", "warned", same=True)
def distances_with_a_blank_where_no_way_leads(office: Office) -> None:
    office.put("distances", "distances.csv", HEAD + "F01,001,120\nF01,002,\n")


@fault("walks", "refused", "distance_negative")
def a_distance_below_zero(office: Office) -> None:
    office.put("distances", "distances.csv", HEAD + "F01,001,-3\n")


@fault("walks", "refused", "number_unreadable")
def an_endless_distance(office: Office) -> None:
    office.put("distances", "distances.csv", HEAD + "F01,001,inf\n")


@fault("walks", "warned", "distance_of_unknown", same=True)
def distances_of_strangers(office: Office) -> None:
    office.put("distances", "distances.csv", HEAD + "F09,001,3\nF01,099,3\nF01,001,3\n")


@fault("walks", "warned", "distance_doubled", same=True)
def a_pair_with_two_distances(office: Office) -> None:
    office.put("distances", "distances.csv", HEAD + "F01,001,3\nF01,001,30\n")


@fault("walks", "refused", "gate_zone_unknown")
def a_gate_of_no_zone(office: Office) -> None:
    office.put("gates", "gates.csv", GATES + "099,107.201,30.701\n", crs="EPSG:4326")


@fault("walks", "warned", "gate_without_place", same=True)
def a_gate_without_coordinates(office: Office) -> None:
    office.put("gates", "gates.csv", GATES + "001,107.201,30.701\n002,,\n", crs="EPSG:4326")
