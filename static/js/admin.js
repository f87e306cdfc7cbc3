/* Select2, used by the admin for long lists, leaves its box without a name until something is chosen. */
(function () {
  "use strict";

  function nommer(racine) {
    racine.querySelectorAll("select.admin-autocomplete").forEach(function (liste) {
      var boite = liste.parentElement.querySelector(".select2-selection");
      var etiquette = liste.id && document.querySelector('label[for="' + CSS.escape(liste.id) + '"]');
      var nom = liste.getAttribute("aria-label") || (etiquette && etiquette.textContent.replace(/[\s:]+$/, ""));
      if (boite && nom) {
        var choisi = liste.selectedOptions.length ? liste.selectedOptions[0].textContent.trim() : "";
        boite.removeAttribute("aria-labelledby");
        boite.setAttribute("aria-label", choisi ? nom + " : " + choisi : nom);
        var valeur = boite.querySelector(".select2-selection__rendered");
        if (valeur) { valeur.setAttribute("aria-label", choisi || nom); }
      }
    });
  }

  window.addEventListener("load", function () {
    nommer(document);
    window.setTimeout(function () { nommer(document); }, 300); // rows of inlines get their lists later
    if (window.django && window.django.jQuery) {
      window.django.jQuery(document).on("change", "select.admin-autocomplete", function () {
        nommer(document);
      });
    }
  });
  document.addEventListener("formset:added", function () {
    window.setTimeout(function () { nommer(document); }, 0);
  });
})();
