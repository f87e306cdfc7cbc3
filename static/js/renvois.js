// Texts with live references: the palette writes at the caret, and what will be printed is shown under the text.
(() => {
  "use strict";
  const formulaire = document.querySelector("form[data-apercu]");
  if (!formulaire) return;
  const entier = "apercuEntier" in formulaire.dataset; // what will be printed depends on the other fields too
  const textes = [...formulaire.querySelectorAll("textarea[data-redige]")];
  let courant = textes[0];

  document.addEventListener("click", (e) => {
    const bouton = e.target.closest("[data-renvoi]");
    if (!bouton || !courant) return;
    courant.setRangeText(bouton.dataset.renvoi, courant.selectionStart, courant.selectionEnd, "end");
    courant.focus();
    courant.dispatchEvent(new Event("input", { bubbles: true }));
  });

  async function montrer(texte) {
    const apercu = formulaire.querySelector(`[data-apercu-de="${CSS.escape(texte.name)}"]`);
    const corps = new URLSearchParams(entier ? new FormData(formulaire) : { [texte.name]: texte.value });
    corps.set("champ", texte.name);
    corps.set("csrfmiddlewaretoken", formulaire.elements.csrfmiddlewaretoken.value);
    try {
      const reponse = await fetch(formulaire.dataset.apercu, { method: "POST", body: corps });
      if (!reponse.ok || reponse.redirected) return;
      const recu = await reponse.text();
      if (texte.value !== corps.get(texte.name)) return; // typed further meanwhile: the next answer is the right one
      apercu.innerHTML = recu;
      apercu.hidden = !recu.trim();
    } catch {
      // no answer: the text is typed all the same
    }
  }

  textes.forEach((texte) => {
    let attente;
    texte.addEventListener("focus", () => { courant = texte; });
    (entier ? formulaire : texte).addEventListener("input", () => {
      clearTimeout(attente);
      attente = setTimeout(() => montrer(texte), 400);
    });
    if (entier || texte.value.includes("{")) montrer(texte);
  });
})();
