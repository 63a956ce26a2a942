// Writes streams.json: what JupyterLab makes of stream text that arrives in chunks. It runs the text functions of
// OutputAreaModel as they stand in the built JupyterLab:
//
//   node streams.js .../share/jupyter/lab/static/jlab_core.*.js > streams.json
const source = require('fs').readFileSync(process.argv[2], 'utf8');
const start = source.indexOf('function t(e,t,i){let n=e.slice(i).search(t)');
const end = source.indexOf('function n(e){return JSON.parse(JSON.stringify(e))}', start);
if (start < 0 || end < 0) throw new Error('this build of JupyterLab names its functions otherwise; look for processText');
const processText = eval(`(function(){${source.slice(start, end)};return i})()`);

function stored(chunks) {
  let text = '', index = 0;
  chunks.forEach((chunk, n) => ({ text, index } = n === 0 ? processText(0, chunk) : processText(index, chunk, text)));
  return text;
}

const rows = [
  ['plain'], ['a\nb\n'], ['10%\r20%\r100%\n'], ['long line\rab\n'], ['a\r\nb\r\n'], ['a\rb\nc'], ['abc\b\bX'], ['\b\bx'],
  ['a\n\bx'], ['abc\r\bx'], ['abcd\rab\bX'], ['ab', 'cd\r', 'X\n', 'y'], ['one\rtwo\n\rthree\b\b\b\b\b\b'], ['abc\rx\ny'],
  ['é世界\b\b!'], ['\x1b[31mred\x1b[0m\rgreen'], ['tab\there\rx'], ['\r\r\r\n\n\b'], ['abcdef\rXY\n', '\rZ', '\b\b'],
  ['50%\r', '\x1b[K60%'],
];

let seed = 7;
function random(n) {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return Math.floor(seed / 65536) % n;
}
const alphabet = ['a', 'b', 'c', 'é', '\n', '\r', '\b', '\r\n', 'xyz'];
for (let i = 0; i < 60; i++) {
  const chunks = [];
  for (let k = random(5); k >= 0; k--) {
    chunks.push(Array.from({ length: 1 + random(8) }, () => alphabet[random(alphabet.length)]).join(''));
  }
  rows.push(chunks);
}
console.log('[' + rows.map(chunks => JSON.stringify({ chunks, text: stored(chunks) })).join(',\n') + ']');
