// Three streams that the server breaks off: says when all have begun, then prints what each client made of its end.
import OpenAI from 'openai'
import { streamText } from 'ai'
import { createDeepSeek } from '@ai-sdk/deepseek'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { endless } from './endless.mjs'

const [baseURL, apiKey, model] = process.argv.slice(2)
const tokens = +process.env.ENDLESS_TOKENS

const openai = async begun => {
  const client = new OpenAI({ baseURL, apiKey, maxRetries: 0, fetch: endless })
  const stream = await client.chat.completions.create({
    model, stream: true, max_tokens: tokens, messages: [{ role: 'user', content: 'Never end.' }],
  })
  for await (const chunk of stream) if (chunk.choices[0]?.delta?.content) begun()
}
const aiSdk = provider => async begun => {
  const stream = streamText({
    model: provider(model), prompt: 'Never end.', maxOutputTokens: tokens, maxRetries: 0, onError: () => {},
  })
  for await (const part of stream.fullStream) {
    if (part.type === 'text-delta') begun()
    if (part.type === 'error') throw part.error
  }
}
const clients = {
  openai,
  deepseek: aiSdk(createDeepSeek({ baseURL, apiKey, fetch: endless })),
  compatible: aiSdk(createOpenAICompatible({ name: 'millrace', baseURL, apiKey, fetch: endless })),
}
const seen = {}
const ends = []
const begins = Object.entries(clients).map(([name, client]) => new Promise(begun => {
  ends.push(client(begun).then(() => { seen[name] = 'complete' }, e => { seen[name] = `failed: ${e?.message ?? e}` }))
}))
await Promise.all(begins)
console.log('begun')
await Promise.all(ends)
console.log(JSON.stringify(seen))
