/* built by scripts/app: d436b65069d1403c */
(()=>{document.documentElement.dataset.theme=new URLSearchParams(location.search).get("colorScheme")==="dark"?"dark":"light";})();
