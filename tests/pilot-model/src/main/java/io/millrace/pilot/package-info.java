/**
 * The pilot model: a decoder of a few million weights that knows one subject, Millrace. {@link io.millrace.pilot.Corpus}
 * is what it shall know, {@link io.millrace.pilot.BytePairs} its vocabulary, {@link io.millrace.pilot.Decoder} its
 * arithmetic, {@link io.millrace.pilot.Trainer} teaches it and {@link io.millrace.pilot.PilotFile} writes the GGUF.
 * No part of the product.
 */
package io.millrace.pilot;
