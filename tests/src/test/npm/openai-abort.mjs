// Leaves a stream of the openai package after its first words.
import OpenAI from 'openai'

const [baseURL, apiKey, model] = process.argv.slice(2)
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 })
const endless = await client.chat.completions.create({
  model, stream: true, n: +process.env.ENDLESS_CHOICES, max_tokens: +process.env.ENDLESS_TOKENS,
  logprobs: true, top_logprobs: +process.env.ENDLESS_TOP_LOGPROBS, logit_bias: JSON.parse(process.env.ENDLESS_BIAS),
  messages: [{ role: 'user', content: 'Never end.' }],
})
for await (const chunk of endless) {
  if (chunk.choices[0]?.delta?.content) break   // leaving the loop aborts the request
}
console.log(JSON.stringify({ aborted: endless.controller.signal.aborted }))
setTimeout(() => {}, 30_000)   // the process stays, so that it isn't its end that closes the connection
