// Small comforts; every page works without them.
(() => {
  "use strict";

  // « / » goes to the search box, unless somebody is typing.
  document.addEventListener("keydown", (e) => {
    const dansUnChamp = e.target.closest("input, textarea, select, [contenteditable]");
    const recherche = document.getElementById("recherche");
    if (e.key === "/" && !dansUnChamp && !e.ctrlKey && !e.metaKey && !e.altKey && recherche) {
      e.preventDefault();
      recherche.focus();
    }
  });

  // The summary of errors takes focus, so that it is read first.
  const resume = document.querySelector("[data-resume-erreurs]");
  if (resume) resume.focus();

  // A form that goes is not sent twice; the server refuses the second copy anyway.
  document.addEventListener("submit", (e) => {
    const formulaire = e.target;
    if (formulaire.method !== "post") return;
    if (formulaire.dataset.envoye) {
      e.preventDefault();
      return;
    }
    formulaire.dataset.envoye = "1";
    formulaire.setAttribute("aria-busy", "true");
  });
  // Back button: the page comes out of the browser's cache and must be usable again.
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-envoye]").forEach((f) => {
      delete f.dataset.envoye;
      f.removeAttribute("aria-busy");
    });
  });

  // « Ajouter une ligne » of a formset: copies the empty row that the server wrote in a <template>.
  document.addEventListener("click", (e) => {
    const bouton = e.target.closest("[data-ajouter]");
    if (!bouton) return;
    const prefixe = bouton.dataset.ajouter;
    const total = document.getElementById(`id_${prefixe}-TOTAL_FORMS`);
    const modele = document.getElementById(`modele-${prefixe}`);
    const rangs = document.getElementById(`rangs-${prefixe}`);
    if (!total || !modele || !rangs) return;
    const copie = document.createElement("tbody");
    copie.innerHTML = modele.innerHTML.replaceAll("__prefix__", total.value);
    while (copie.firstElementChild) rangs.append(copie.firstElementChild);
    total.value = Number(total.value) + 1;
    const champ = rangs.lastElementChild.querySelector("input:not([type=hidden]), select");
    if (champ) champ.focus();
  });
})();
