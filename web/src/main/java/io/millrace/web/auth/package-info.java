/** Who asks: API keys for the API, the operator's token for {@code /admin}. Which path needs whom stands in {@code web.xml}. */
package io.millrace.web.auth;
