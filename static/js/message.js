// A message that the officer changed before sending it: copied, mailed or printed as it stands in the form.
(() => {
  "use strict";
  const formulaire = document.querySelector("form[data-message]");
  if (!formulaire) return;
  const valeur = (nom) => formulaire.elements.namedItem(nom).value;
  const copier = formulaire.querySelector("[data-copier]");
  const imprimer = formulaire.querySelector("[data-imprimer]");
  const courriel = formulaire.querySelector("[data-courriel]");
  const dit = formulaire.querySelector("[data-copie]");
  const imprime = document.querySelector("[data-imprime]");

  copier.hidden = imprimer.hidden = false;
  copier.addEventListener("click", async () => {
    const corps = formulaire.elements.namedItem("corps");
    try {
      await navigator.clipboard.writeText(corps.value);
    } catch {
      corps.select();
      document.execCommand("copy");
    }
    dit.textContent = "Le message est copié.";
  });
  courriel.addEventListener("click", () => {
    const parties = `subject=${encodeURIComponent(valeur("objet"))}&body=${encodeURIComponent(valeur("corps"))}`;
    const a = encodeURIComponent(valeur("destinataire")).replaceAll("%40", "@").replaceAll("%2C", ",");
    courriel.href = `mailto:${a}?${parties}`;
  });
  const preparer = () => {
    imprime.textContent = `${valeur("objet")}\n\n${valeur("corps")}`;
  };
  window.addEventListener("beforeprint", preparer);
  imprimer.addEventListener("click", () => {
    preparer();
    window.print();
  });
})();
