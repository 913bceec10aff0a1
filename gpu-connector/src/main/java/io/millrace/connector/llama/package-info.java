/**
 * llama.cpp as an engine, called through the Foreign Function and Memory API.
 *
 * <p>{@link io.millrace.connector.llama.LlamaEngine} is the way in. Below it, from the top: {@code Slot} is what Java
 * remembers of a sequence, {@code Context} one KV cache and the batch that goes through it, {@code Sampler} the choice
 * of a token, {@code Vocabulary} the text side, {@code Model} the weights; {@code Library} alone knows C symbols and
 * {@code Abi} alone knows how C structures lie in memory. No other package of Millrace imports
 * {@code java.lang.foreign}.
 *
 * <p>A C++ exception or a failed assertion on the other side ends the whole JVM, so everything that could raise one is
 * checked in Java first: plans, snapshots, grammars, files.
 */
package io.millrace.connector.llama;
