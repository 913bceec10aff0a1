/**
 * Conversations over HTTP: made, shown, changed, exported, deleted.
 *
 * <p>Source: OpenAI's API reference (conversations). Items are messages; other types are not kept.
 */
package io.millrace.web.conversations;
