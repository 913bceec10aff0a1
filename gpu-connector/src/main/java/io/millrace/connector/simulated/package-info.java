/** A deterministic, seeded engine with faults: what the simulations drive the production code with. Never for users. */
package io.millrace.connector.simulated;
