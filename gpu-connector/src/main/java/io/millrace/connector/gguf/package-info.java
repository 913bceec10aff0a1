/**
 * GGUF, the file format of llama.cpp's models: a reader of headers, which judges a file before the native library sees
 * it, and a writer, which makes models of random weights for tests, benchmarks and first starts.
 *
 * <p>Format: {@code docs/gguf.md} of the ggml project, versions 2 and 3, little-endian.
 */
package io.millrace.connector.gguf;
