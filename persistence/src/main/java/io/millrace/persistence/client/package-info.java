/** Who may call: the API keys, of which only hashes are kept. */
package io.millrace.persistence.client;
