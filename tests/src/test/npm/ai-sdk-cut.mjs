// Reads a stream of the AI SDK whose servers die: prints the first word, then how it ended.
import { streamText } from 'ai'
import { createDeepSeek } from '@ai-sdk/deepseek'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'

const [baseURL, apiKey, model, name] = process.argv.slice(2)
const provider = name === 'deepseek' ? createDeepSeek({ baseURL, apiKey }) : createOpenAICompatible({ name: 'millrace', baseURL, apiKey })
let text = ''
let error = null
const stream = streamText({ model: provider(model), prompt: name, maxOutputTokens: 200, maxRetries: 0, onError: () => {} })
try {
  for await (const part of stream.fullStream) {
    if (part.type === 'text-delta') {
      if (!text) console.log('"begun"')
      text += part.text
    }
    if (part.type === 'error') error = part.error.name
  }
} catch (thrown) {
  error = thrown.name
}
console.log(JSON.stringify({ error, length: text.length }))
