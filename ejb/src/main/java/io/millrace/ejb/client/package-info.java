/**
 * Who may call: API keys.
 *
 * <p>{@link io.millrace.ejb.client.Keys} is the door. A secret is drawn and hashed in {@code Secrets}, kept as a hash
 * by {@code persistence.client}, and recognised in memory by {@code KeyCache}, which also decides what happens to known
 * and to unknown keys while the database is out of reach.
 */
package io.millrace.ejb.client;
