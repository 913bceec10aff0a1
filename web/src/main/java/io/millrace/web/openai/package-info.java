/**
 * The API of OpenAI and DeepSeek: reading requests, writing answers, as objects and as streams.
 *
 * <p>Sources: OpenAI's API reference (chat completions, completions, models) and DeepSeek's (prefix completion, cache
 * fields of {@code usage}, keep-alive comments).
 */
package io.millrace.web.openai;
