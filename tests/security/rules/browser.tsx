// What the rules find and what they leave alone.
function shown(element, text) {
  // ruleid: markup-of-others
  element.innerHTML = text;
  // ok: markup-of-others
  element.textContent = text;
  // ruleid: text-run-as-code
  eval(text);
  // ruleid: secret-kept-by-page
  localStorage.setItem('session-token', text);
  // ok: secret-kept-by-page
  localStorage.setItem('theme', text);
  // ruleid: message-from-anywhere
  parent.postMessage(text, "*");
  // ruleid: markup-of-others
  return <p dangerouslySetInnerHTML={{ __html: text }} />;
}
