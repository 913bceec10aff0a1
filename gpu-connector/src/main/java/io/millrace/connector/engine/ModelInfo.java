package io.millrace.connector.engine;

/**
 * What an open engine serves.
 *
 * @param name           {@code general.name} of the file, or the file's name without its suffix
 * @param architecture   {@code general.architecture}, such as {@code llama} or {@code deepseek2}
 * @param quantisation   the file type in llama.cpp's words, such as {@code Q8_0}
 * @param parameters     number of weights
 * @param weightBytes    size of the weights in memory, bytes
 * @param vocabulary     number of tokens
 * @param trainedContext context the model was trained for, tokens
 * @param contextTokens  KV cells of this engine, tokens over all slots
 * @param slotTokens     most tokens that one slot can hold
 * @param slots          sequences that can live at once
 * @param maxStepTokens  most tokens of one step
 * @param shifts         whether cached positions can be moved (false for MLA models: no K-shift)
 * @param device         what computes, in words
 * @param onGpu          whether any of it is a GPU
 */
public record ModelInfo(String name, String architecture, String quantisation, long parameters, long weightBytes,
                        int vocabulary, int trainedContext, int contextTokens, int slotTokens, int slots,
                        int maxStepTokens, boolean shifts, String device, boolean onGpu) {
}
