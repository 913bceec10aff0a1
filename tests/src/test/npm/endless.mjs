// A fetch that has the answer go on to its last token: the AI SDK has no words for that.
export const endless = async (url, init) => {
  const body = { ...JSON.parse(init.body), n: +process.env.ENDLESS_CHOICES, logit_bias: JSON.parse(process.env.ENDLESS_BIAS),
    logprobs: true, top_logprobs: +process.env.ENDLESS_TOP_LOGPROBS }
  return fetch(url, { ...init, body: JSON.stringify(body) })
}
