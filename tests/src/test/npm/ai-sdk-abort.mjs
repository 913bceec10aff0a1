// Aborts a stream of the AI SDK after its first words.
import { streamText } from 'ai'
import { createDeepSeek } from '@ai-sdk/deepseek'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { endless } from './endless.mjs'

const [baseURL, apiKey, model, name] = process.argv.slice(2)
const provider = name === 'deepseek' ? createDeepSeek({ baseURL, apiKey, fetch: endless })
  : createOpenAICompatible({ name: 'millrace', baseURL, apiKey, fetch: endless })
const abort = new AbortController()
let aborted = false
const stream = streamText({
  model: provider(model), prompt: 'Never end.', maxOutputTokens: +process.env.ENDLESS_TOKENS, maxRetries: 0,
  abortSignal: abort.signal, onAbort: () => { aborted = true }, onError: () => {},
})
for await (const part of stream.fullStream) {
  if (part.type === 'text-delta') abort.abort()
}
console.log(JSON.stringify({ aborted }))
setTimeout(() => {}, 30_000)   // the process stays, so that it isn't its end that closes the connection
