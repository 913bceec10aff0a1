package io.millrace.ejb.region;

import java.util.List;

/**
 * How a region elsewhere is at a moment.
 *
 * @param state     {@code closed}: in service; {@code open}: no call goes there; {@code trial}: one is tried
 * @param trouble   what failed last, in a sentence; empty when nothing did since it answered
 * @param running   calls under way
 * @param waiting   calls in its lanes
 * @param silenceMs between two tokens, after which another region goes on
 * @param opened    how often its breaker opened
 */
public record RegionState(String name, String url, String dialect, String state, boolean drained, String trouble, int running,
                          int waiting, long silenceMs, long opened, List<String> models) {
}
