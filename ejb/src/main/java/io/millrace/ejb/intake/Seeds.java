package io.millrace.ejb.intake;

import io.millrace.connector.engine.Sampling;

/** The choices of one call share everything but their seed. */
final class Seeds {

    private Seeds() {}

    static Sampling forChoice(Sampling sampling, int choice) {
        return choice == 0 ? sampling : new Sampling(sampling.temperature(), sampling.topK(), sampling.topP(),
                sampling.minP(), sampling.repeatPenalty(), sampling.frequencyPenalty(), sampling.presencePenalty(),
                sampling.seed() + choice, sampling.logitBias(), sampling.grammar(), sampling.logprobs());
    }
}
