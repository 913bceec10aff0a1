package io.millrace.ejb.lane;

import io.millrace.config.Configuration;
import java.util.EnumMap;
import java.util.Map;

/**
 * What one lane may hold, and its share. Immutable.
 *
 * @param items  most items that wait
 * @param work   most work that waits, tokens
 * @param weight share of the lane among P1 to P3; P0's is of no account
 */
public record LaneBounds(int items, long work, double weight) {

    public LaneBounds {
        if (items < 1 || work < 1 || !(weight > 0)) {
            throw new IllegalArgumentException("a lane needs room for an item and a weight: " + items + " items, " + work
                    + " tokens, weight " + weight);
        }
    }

    /** Those of each lane, as the settings have them. */
    public static Map<Lane, LaneBounds> of(Configuration.Lanes settings) {
        Map<Lane, LaneBounds> bounds = new EnumMap<>(Lane.class);
        for (Lane lane : Lane.values()) {
            bounds.put(lane, new LaneBounds(settings.capacities().get(lane.ordinal()), settings.tokens(),
                    settings.weights().get(lane.ordinal())));
        }
        return bounds;
    }
}
